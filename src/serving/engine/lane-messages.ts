import type { GraphTensor, GraphValue } from '#model'
import type { RunOutputs } from './batch.ts'
import type { GraphMeasure } from './measure-graph.ts'

/** How a lane opens a graph. */
export interface LaneOpenOptions {
  /** Where graphs are kept as the runtime prepared them; null keeps none. */
  readonly preparedFolder: string | null
  readonly maxRunMs: number
  /** Rows that it is warmed with, where its costs are known already; null measures them. */
  readonly warmRows: number | null
}

/** What a lane is asked. Each request gets one {@link LaneReply} with its number. */
export type LaneRequest =
  | (LaneOpenOptions & {
      readonly kind: 'open'
      readonly call: number
      readonly graph: number
      readonly path: string
    })
  | {
      readonly kind: 'run'
      readonly call: number
      readonly graph: number
      readonly feeds: Readonly<Record<string, GraphTensor>>
      readonly wanted: readonly string[]
    }
  | { readonly kind: 'release'; readonly call: number; readonly graph: number }
  | { readonly kind: 'end'; readonly call: number }

/** What was learned of a graph before it answers anybody. */
export interface LaneMeasure extends GraphMeasure {
  /** How long loading blocks a thread, in milliseconds. */
  readonly loadMs: number
}

/** A graph as the lane found it. */
export interface OpenedGraph {
  readonly inputs: readonly GraphValue[]
  readonly outputs: readonly GraphValue[]
  readonly measure: LaneMeasure | null
}

export interface LaneReply {
  readonly call: number
  readonly opened?: OpenedGraph
  readonly outputs?: Readonly<Record<string, GraphTensor>>
  /** Code, message and remedy of what went wrong. */
  readonly failed?: { readonly code: string; readonly message: string; readonly remedy: string | undefined }
}

/** A graph that is open in a lane. */
export interface LaneGraph extends OpenedGraph {
  /** Whether its lane died: then it answers no more. */
  isLost(): boolean
  run(feeds: Readonly<Record<string, GraphTensor>>, wanted: readonly string[]): Promise<RunOutputs>
  release(): Promise<void>
}
