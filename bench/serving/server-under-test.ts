import type { ServedModel } from './models.ts'

/** Rows of a model's input, one array a row. */
export type Rows = readonly (readonly number[])[]

/** Why a server was not measured. */
export interface NotRun {
  readonly notRun: string
}

/** What the serving benchmarks measure: Millrace, a peer, or the echo that is the limit of all. */
export interface ServerUnderTest {
  readonly name: string
  /** It answers the body that it is sent: its outputs are not compared. */
  readonly isEcho?: boolean
  /** Starts it with this model; it answers when the promise resolves. */
  readonly start: (model: ServedModel) => Promise<StartedServer | NotRun>
}

/** How to ask a server for predictions over HTTP at 127.0.0.1. */
export interface Endpoint {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: (rows: Rows) => string | Uint8Array
  /** The outputs in an answer, row after row. */
  readonly parse: (answer: string) => readonly number[]
}

export interface StartedServer extends Endpoint {
  /** Root of the tree of processes that answers. */
  readonly pid: number
  /** Versions of the software that matters, by name. */
  readonly versions: Readonly<Record<string, string>>
  readonly stop: () => Promise<void>
}
