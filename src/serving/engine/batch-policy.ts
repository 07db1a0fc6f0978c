import type { CostPoint } from './measure-graph.ts'

/** How a model is run. */
export interface BatchPolicy {
  /** Rows that share a run at most. */
  readonly largestBatch: number
  /** In the thread that reads requests, or in one beside it. */
  readonly runsIn: 'http' | 'lane'
}

/**
 * Decides from a cost curve: the fewest rows whose run costs hardly more a row than the cheapest does, and whether the
 * thread that also reads requests runs them. That spares the way to another thread and back, so it is worth somewhat smaller
 * batches, but nothing that would hold that thread up for long, be it runs or loading.
 *
 * @param curve empty for a graph that shares no runs
 * @param options.loadMs how long loading blocks a thread, in milliseconds
 * @param options.maxRunMs longest run that requests are put together for
 */
export function batchPolicy(
  curve: readonly CostPoint[],
  options: { readonly loadMs: number; readonly maxRunMs: number },
): BatchPolicy {
  const best = cheapest(curve.filter(({ rows, ms }) => rows === 1 || ms <= options.maxRunMs))
  if (!best) return { largestBatch: 1, runsIn: 'lane' }
  const short = options.loadMs <= shortLoadMs ? cheapest(curve.filter(({ ms }) => ms <= shortRunMs)) : undefined
  return short && msPerRow(short) <= msPerRow(best) + wayToLaneMs
    ? { largestBatch: short.rows, runsIn: 'http' }
    : { largestBatch: best.rows, runsIn: 'lane' }
}

/** The point of the fewest rows that is nearly as cheap a row as the cheapest. */
function cheapest(curve: readonly CostPoint[]): CostPoint | undefined {
  const least = Math.min(...curve.map(msPerRow))
  return curve.find((point) => msPerRow(point) <= least * nearlyBest)
}

const msPerRow = ({ rows, ms }: CostPoint): number => (ms + perRunMs) / rows

/** What a run costs beside the graph: its answers begin, tensors are made. */
const perRunMs = 0.02
const nearlyBest = 1.05
/** What a request costs more by way of a lane. */
const wayToLaneMs = 0.05
const shortRunMs = 5
const shortLoadMs = 50
