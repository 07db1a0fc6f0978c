/** A program to run, and what it must keep to. */
export interface GuardTask {
  readonly command: readonly string[]
  readonly folder: string
  /** Its whole environment. */
  readonly variables: Readonly<Record<string, string>>
  /** File that takes what it prints. */
  readonly logFile: string
  /** Time until it is asked to end, in milliseconds. */
  readonly timeMs: number
  /** Time from being asked to end until it is killed, in milliseconds. */
  readonly graceMs: number
  /** Most memory of all its processes together. */
  readonly memoryBytes: number
  /** A folder whose files are held to a size. */
  readonly output: { readonly folder: string; readonly maxBytes: number }
}

/** Why a program was stopped. */
export type StopReason = 'deadline' | 'memory' | 'output' | 'cancelled'

/** How a program ended. */
export interface ProgramEnd {
  /** Its exit code; null where a signal ended it. */
  readonly code: number | null
  readonly signal: string | null
  /** Why it was stopped; null where it ended by itself. */
  readonly stopped: StopReason | null
  /** Why it could not be started; null where it was. */
  readonly notStarted: string | null
  /** Most memory of all its processes at one time; 0 where the machine does not tell. */
  readonly peakBytes: number
  /** Time of its processes on a processor. */
  readonly cpuMs: number
  /** What it printed last. */
  readonly tail: string
}

/** What the guard says: that the program runs, each of its lines that asks for it, and at last how it ended. */
export type GuardMessage =
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'ended'; readonly end: ProgramEnd }

/** What lines begin with that are passed on. */
export const toldPrefix = '::'
