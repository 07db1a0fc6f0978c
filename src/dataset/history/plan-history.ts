import { durationMs } from '#platform'
import type { HistorySpec } from '#system'

/** A history specification in numbers. */
export interface HistoryPlan {
  readonly name: string
  readonly of: string
  readonly by: readonly string[]
  readonly aggregate: HistorySpec['aggregate']
  /** One column per span. */
  readonly columns: readonly { readonly name: string; readonly spanMs: number }[]
  readonly everyMs: number
  /** How long after a row's moment its outcome counts; at least 1 ms, so that no row ever counts itself. */
  readonly knownAfterMs: number
  /**
   * Width of the steps in which outcomes become known: it divides `everyMs` and every span, so that rounding a moment
   * up to it changes neither whether it lies before a refresh nor whether it lies in a window.
   */
  readonly grainMs: number
}

/** Works out the columns and the grain of a history specification. */
export function planHistory(spec: HistorySpec, outcomeAfterMs: number): HistoryPlan {
  const columns = spec.over.map((span) => ({ name: `${spec.name}_${span}`, spanMs: durationMs(span) }))
  const everyMs = durationMs(spec.every)
  return {
    name: spec.name,
    of: spec.of,
    by: spec.by,
    aggregate: spec.aggregate,
    columns,
    everyMs,
    knownAfterMs: Math.max(1, outcomeAfterMs),
    grainMs: columns.reduce((grain, { spanMs }) => greatestDivisor(grain, spanMs), everyMs),
  }
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b))
