import type { Problem } from '#platform'
import type { SealedContent } from '../prediction-log/part-register.ts'
import type { LogPart } from '../schema.ts'
import type { ServingCounts } from '../metrics/serving-counts.ts'

/** What a serving process says to the control process. */
export type FromServing =
  | { readonly kind: 'ready' }
  | { readonly kind: 'listening'; readonly host: string; readonly port: number; readonly grpcPort: number | null }
  /** It could not start. */
  | { readonly kind: 'failed'; readonly problem: Problem }
  /** It changed the repository: every other one is to follow before `call` is answered. */
  | { readonly kind: 'changed'; readonly call: number }
  | { readonly kind: 'followed'; readonly call: number }
  /** A file of its log begins, or grows no more: the control process lists it, for that waits for the disk. */
  | { readonly kind: 'partOpened'; readonly call: number; readonly part: LogPart }
  | { readonly kind: 'partSealed'; readonly call: number; readonly name: string; readonly content: SealedContent }
  /** The socket that comes with it is asked for what the control process answers; these bytes, in base 64, were read of it. */
  | { readonly kind: 'connection'; readonly bytes: string }
  /** With the number 0 it is its last word. */
  | { readonly kind: 'counted'; readonly call: number; readonly counts: ServingCounts }

/** What the control process says to a serving process. */
export type ToServing =
  /** The server that may come with it listens on the port already. */
  | { readonly kind: 'listen'; readonly host: string; readonly port: number; readonly grpcPort: number | null }
  | { readonly kind: 'follow'; readonly call: number }
  | { readonly kind: 'allFollowed'; readonly call: number }
  | { readonly kind: 'count'; readonly call: number }
  /** The connection that it gave has arrived. */
  | { readonly kind: 'connectionTaken' }
  /** A file of its log is listed, or why it is not. */
  | { readonly kind: 'partListed'; readonly call: number; readonly problem: Problem | null }
  /** It is to end; connections that wait for their next request may bring it for so long. */
  | { readonly kind: 'close'; readonly drainMs: number }
