import type { GraphTensor } from '#model'
import type { RunOutputs } from './batch.ts'

/** What runs a graph: in this thread, or in another. */
export interface Runner {
  run(feeds: Readonly<Record<string, GraphTensor>>, wanted: readonly string[]): Promise<RunOutputs>
  /** Lets go of the graph once its last run has ended. */
  close(): Promise<void>
}
