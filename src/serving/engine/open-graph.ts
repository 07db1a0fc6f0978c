import { cpus } from 'node:os'
import type { GraphSession } from '#model'
import { batchPolicy, type BatchPolicy } from './batch-policy.ts'
import type { LaneGraph } from './lane-messages.ts'
import type { Lanes } from './lanes.ts'
import { warmGraph, type CostPoint } from './measure-graph.ts'

/** What is known of a graph once it was measured; it spares the next opening the measurement. */
export interface KnownGraph extends BatchPolicy {
  /** The processor that it was measured on: on another one it says nothing. */
  readonly processor: string
  readonly sharesRuns: boolean
  readonly curve: readonly CostPoint[]
  /** How long loading blocks a thread, in milliseconds. */
  readonly loadMs: number
}

/** A graph that is open and warm. It runs one batch at a time. */
export interface OpenGraph extends Pick<LaneGraph, 'inputs' | 'outputs' | 'run' | 'release' | 'isLost'> {
  readonly known: KnownGraph
}

export interface OpenGraphOptions {
  /** The ONNX file. */
  readonly path: string
  /** Where graphs are kept as the runtime prepared them; null keeps none. */
  readonly preparedFolder: string | null
  readonly lanes: Lanes
  readonly known?: KnownGraph | undefined
  /** Longest run that requests are put together for. */
  readonly maxRunMs: number
}

/**
 * Opens a graph: in this thread where its runs are short and it loads in no time, else in a lane, where its cost curve is
 * learned unless it is known. One that is short to run but slow to load moves into this thread once it has been at work for
 * a while: until then others are not kept waiting for it, least of all by a new version while it takes over.
 * @throws {Failure} `model/unreadable`, `model/unsupportedType`
 */
export async function openGraph(options: OpenGraphOptions): Promise<OpenGraph> {
  const { path, preparedFolder, lanes, known, maxRunMs } = options
  // Loaded with the first graph: a server starts without what reads models.
  const { preparedGraphs } = await import('./prepared-graph.ts')
  const prepared = preparedGraphs(preparedFolder)
  const openHere = async (as: KnownGraph): Promise<OpenGraph> => openInThread(await prepared.open(path), as)
  if (known && isAtOnce(known) && (await prepared.isSettled(path))) return openHere(known)
  const aside = await lanes.open(path, { preparedFolder, maxRunMs, warmRows: known ? known.largestBatch : null })
  const learned = known ?? learn(aside, maxRunMs)
  const graph = { ...aside, known: learned }
  if (learned.runsIn === 'lane') return graph
  if (!isAtOnce(learned)) return movingGraph(graph, () => openHere(learned))
  await aside.release()
  return openHere(learned)
}

const isAtOnce = ({ runsIn, loadMs }: KnownGraph): boolean => runsIn === 'http' && loadMs <= noLoadMs

/** A graph that is open in this thread, where nothing can be lost but all. */
async function openInThread(session: GraphSession, known: KnownGraph): Promise<OpenGraph> {
  await warmGraph(session, known.largestBatch)
  return { ...session, known, isLost: () => false }
}

/** A graph that answers from where it is, and from `next` a while after its first run. */
export function movingGraph(
  first: OpenGraph,
  next: () => Promise<OpenGraph>,
  { afterMs = moveAfterMs }: { readonly afterMs?: number } = {},
): OpenGraph {
  let graph = first
  let underWay: Promise<unknown> = Promise.resolve()
  let moving: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const move = async (): Promise<void> => {
    const leaving = graph
    graph = await next()
    // What it is asked from now on goes to the other; what it was asked last has to end.
    await underWay.catch(() => undefined)
    await leaving.release()
  }
  return {
    ...first,
    run: (feeds, wanted) => {
      timer ??= setTimeout(() => {
        // Where it cannot be opened again it stays where it is.
        moving = move().catch(() => undefined)
      }, afterMs).unref()
      const run = graph.run(feeds, wanted)
      underWay = run
      return run
    },
    isLost: () => graph.isLost(),
    release: async () => {
      clearTimeout(timer)
      await moving
      await graph.release()
    },
  }
}

function learn({ measure }: LaneGraph, maxRunMs: number): KnownGraph {
  const { sharesRuns, curve, loadMs } = measure ?? { sharesRuns: false, curve: [], loadMs: Infinity }
  return { processor, sharesRuns, curve, loadMs, ...batchPolicy(curve, { loadMs, maxRunMs }) }
}

/** The kind of processor of this machine. */
export const processor = cpus()[0]?.model ?? 'unknown'

/** Loading that nobody notices. */
const noLoadMs = 5
const moveAfterMs = 1000
