import type { GraphValue } from '#model'
import type { LogLines } from '../prediction-log/system-log.ts'
import type { Lanes } from './lanes.ts'
import type { ModelMeter } from './model-meter.ts'
import { modelQueue, type ModelQueue } from './model-queue.ts'
import { openGraph, type KnownGraph } from './open-graph.ts'
import { rowLayout, type RowLayout } from './row-layout.ts'

/** A model that is open, warm, and takes requests. */
export interface Resident extends KnownGraph {
  readonly inputs: readonly GraphValue[]
  readonly outputs: readonly GraphValue[]
  /** Null for a model whose requests share no runs. */
  readonly layout: RowLayout | null
  readonly queue: ModelQueue
  readonly meter: ModelMeter
  /** Whether what runs it died: it fails whatever it is asked, and has to be opened again. */
  isLost(): boolean
  /** Ends with the last request that it was asked; it must not be asked anything more. */
  close(): Promise<void>
}

export interface ResidentOptions {
  /** The ONNX file. */
  readonly path: string
  /** Where graphs are kept as the runtime prepared them; null keeps none. */
  readonly preparedFolder: string | null
  readonly lanes: Lanes
  readonly known?: KnownGraph | undefined
  readonly meter: ModelMeter
  readonly limits: QueueLimits
  readonly keep: (lines: LogLines) => Promise<void> | undefined
}

/** How requests may wait for a model. */
export interface QueueLimits {
  readonly maxWaitingRows: number
  readonly maxQueueDelayMs: () => number
  /** Longest run that requests are put together for. */
  readonly maxRunMs: number
}

/**
 * Opens a model for serving.
 * @throws {Failure} `model/unreadable`, `model/unsupportedType`
 */
export async function openResident(options: ResidentOptions): Promise<Resident> {
  const { path, preparedFolder, lanes, known, limits, meter, keep } = options
  const graph = await openGraph({ path, preparedFolder, lanes, known, maxRunMs: limits.maxRunMs })
  const layout = graph.known.sharesRuns ? rowLayout(graph) : null
  const queue = modelQueue({
    layout: layout ?? { inputs: [] },
    run: graph.run,
    outputs: graph.outputs.map(({ name }) => name),
    largestBatch: graph.known.largestBatch,
    maxWaitingRows: limits.maxWaitingRows,
    maxQueueDelayMs: limits.maxQueueDelayMs,
    meter,
    keep,
  })
  return {
    ...graph.known,
    inputs: graph.inputs,
    outputs: graph.outputs,
    layout,
    queue,
    meter,
    isLost: graph.isLost,
    close: async () => {
      // Whoever got hold of the model just before may still be about to ask it.
      do {
        await queue.idle()
        await nextTurn()
      } while (!queue.isIdle())
      await graph.release()
    },
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
