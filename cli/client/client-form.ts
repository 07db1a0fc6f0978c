/** What a client is made from: how the requests of a system look, and what its answers can be. */
export interface ClientForm {
  readonly system: string
  /** Number of the version that serves. */
  readonly version: number
  readonly task: 'binary' | 'multiclass' | 'regression'
  /** Empty for a regression. */
  readonly classes: readonly string[]
  readonly fields: readonly {
    readonly name: string
    readonly type: 'numeric' | 'boolean' | 'categorical' | 'timestamp' | 'text'
    readonly required: boolean
  }[]
}
