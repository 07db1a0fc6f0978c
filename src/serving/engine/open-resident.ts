import { cpus } from 'node:os'
import { openSession, type GraphValue } from '#model'
import type { LogLines } from '../prediction-log/system-log.ts'
import { batchPolicy, type BatchPolicy } from './batch-policy.ts'
import type { LaneGraph } from './lane-messages.ts'
import type { Lanes } from './lanes.ts'
import { warmGraph, type CostPoint } from './measure-graph.ts'
import type { ModelMeter } from './model-meter.ts'
import { modelQueue, type ModelQueue } from './model-queue.ts'
import { rowLayout, type RowLayout } from './row-layout.ts'

/** What is known of a graph once it was measured; it spares the next opening the measurement. */
export interface KnownGraph extends BatchPolicy {
  /** The processor that it was measured on: on another one it says nothing. */
  readonly processor: string
  readonly sharesRuns: boolean
  readonly curve: readonly CostPoint[]
}

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
 * Opens a model for serving: loads and warms it in a lane, learns its cost curve there, and moves it into this thread
 * where neither its runs nor its loading take long.
 * @throws {Failure} `model/unreadable`, `model/unsupportedType`
 */
export async function openResident(options: ResidentOptions): Promise<Resident> {
  const { path, limits, meter, keep } = options
  const graph = options.known?.runsIn === 'http' ? await openHere(path, options.known) : await openAside(options)
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

type OpenGraph = Pick<LaneGraph, 'inputs' | 'outputs' | 'run' | 'release' | 'isLost'> & { readonly known: KnownGraph }

/** Opens a graph in this thread, where nothing can be lost but all. */
async function openHere(path: string, known: KnownGraph): Promise<OpenGraph> {
  const session = await openSession(path)
  await warmGraph(session, known.largestBatch)
  return { ...session, known, isLost: () => false }
}

async function openAside({ path, lanes, known, limits }: ResidentOptions): Promise<OpenGraph> {
  const { maxRunMs } = limits
  const graph = await lanes.open(path, { maxRunMs, warmRows: known ? known.largestBatch : null })
  const learned = known ?? learn(graph, maxRunMs)
  if (learned.runsIn === 'lane') return { ...graph, known: learned }
  await graph.release()
  return openHere(path, learned)
}

function learn({ measure }: LaneGraph, maxRunMs: number): KnownGraph {
  const { sharesRuns, curve, loadMs } = measure ?? { sharesRuns: false, curve: [], loadMs: Infinity }
  return { processor, sharesRuns, curve, ...batchPolicy(curve, { loadMs, maxRunMs }) }
}

/** The kind of processor of this machine. */
export const processor = cpus()[0]?.model ?? 'unknown'

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
