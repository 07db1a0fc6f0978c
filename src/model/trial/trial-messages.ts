import type { AdaptOptions } from '../foreign/adapt-model.ts'
import type { PackOptions } from '../foreign/pack-model.ts'
import type { GraphTensor, GraphValue } from '../graph-session.ts'

/** What the process of a trial is asked; each request gets one {@link TrialReply} with its number. */
export type TrialRequest = { readonly call: number } & (
  | ({ readonly kind: 'pack' } & PackOptions)
  | ({ readonly kind: 'adapt' } & AdaptFile)
  | { readonly kind: 'open'; readonly path: string }
  | {
      readonly kind: 'run'
      readonly feeds: Readonly<Record<string, GraphTensor>>
      readonly wanted: readonly string[]
    }
)

/** A graph in one file that is to become a model of a system. */
export interface AdaptFile extends Omit<AdaptOptions, 'readExternal'> {
  readonly path: string
  /** Where the model is written. */
  readonly to: string
}

export interface TrialReply {
  readonly call: number
  /** Whether a packed file was written. */
  readonly packed?: boolean
  readonly opened?: OpenedGraph
  readonly outputs?: Readonly<Record<string, GraphTensor>>
  /** Code, message and remedy of what went wrong. */
  readonly failed?: { readonly code: string; readonly message: string; readonly remedy: string | undefined }
}

/** What a graph says of itself. */
export interface OpenedGraph {
  readonly inputs: readonly GraphValue[]
  readonly outputs: readonly GraphValue[]
}
