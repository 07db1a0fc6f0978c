import type { CostPoint } from './measure-graph.ts'

/** How a model is run. */
export interface BatchPolicy {
  /** Rows that share a run at most. */
  readonly largestBatch: number
  /** In the thread that reads requests, or in one beside it. */
  readonly runsIn: 'http' | 'lane'
}

/**
 * Decides from a cost curve: the fewest rows whose run costs hardly more a row than the cheapest does, and whether such
 * a run is short enough for the thread that also reads requests. A large file is kept out of there too: it loads slowly.
 *
 * @param curve empty for a graph that shares no runs
 * @param options.maxRunMs longest run that requests are put together for
 */
export function batchPolicy(
  curve: readonly CostPoint[],
  options: { readonly sizeBytes: number; readonly maxRunMs: number },
): BatchPolicy {
  const allowed = curve.filter(({ rows, ms }) => rows === 1 || ms <= options.maxRunMs)
  if (allowed.length === 0) return { largestBatch: 1, runsIn: 'lane' }
  const perRow = ({ rows, ms }: CostPoint): number => (ms + perRunMs) / rows
  const least = Math.min(...allowed.map(perRow))
  const best = allowed.find((point) => perRow(point) <= least * nearlyBest) as CostPoint
  const isShort = best.ms <= shortRunMs && options.sizeBytes <= smallBytes
  return { largestBatch: best.rows, runsIn: isShort ? 'http' : 'lane' }
}

/** What a run costs beside the graph: its answers begin, tensors are made. */
const perRunMs = 0.02
const nearlyBest = 1.05
const shortRunMs = 1
/** Loads in a few milliseconds. */
const smallBytes = 524_288
