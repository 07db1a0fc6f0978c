/** What a command is given. */
export interface CommandCall {
  /** Words after the command's name; undefined where an optional one is left out. */
  readonly words: readonly (string | undefined)[]
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  readonly json: boolean
  /** Folder of the store. */
  readonly store: string
}

/** A command as data: `program.ts` makes the command line of a table of these. */
export interface CommandDefinition {
  /** The word before its name, where several belong together: `runs` of `runs list`. */
  readonly group?: string
  /** Its name and words: `plan [file]`. */
  readonly usage: string
  /** Another name for it. */
  readonly alias?: string
  readonly about: string
  readonly example: string
  /** Flags, what they mean, and the value where they are left out. */
  readonly options?: readonly (readonly [flags: string, about: string, fallback?: string])[]
  /** Does it and gives the exit code. */
  run(call: CommandCall): Promise<number>
}
