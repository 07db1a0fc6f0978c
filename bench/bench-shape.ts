/** One measured figure, held against its bar. */
export interface Figure {
  readonly name: string
  readonly figure: number
  readonly bar: number
  readonly unit: string
  readonly better: 'lower' | 'higher'
  /** What it was measured against in the same run, or what limit the bar is. */
  readonly against: string
}

export interface BenchContext {
  /** Says what goes on; the figures themselves are returned. */
  readonly log: (line: string) => void
}

/** What every benchmark file exports as `bench`. */
export interface Bench {
  readonly name: string
  readonly about: string
  readonly run: (context: BenchContext) => Promise<readonly Figure[] | { readonly skipped: string }>
}

/** Whether a figure meets its bar; one that is not a number never does. */
export function meetsBar({ figure, bar, better }: Figure): boolean {
  return better === 'lower' ? figure <= bar : figure >= bar
}
