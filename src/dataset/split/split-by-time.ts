import { durationMs, iso } from '#platform'
import type { SplitSpec } from '#system'
import { fail } from '../failures.ts'
import type { Examples, Split } from '../schema.ts'

/**
 * Holds the last span of known rows out: what a training at its start would have been asked next.
 *
 * With d the delay of outcomes, E = now − d the last moment whose outcome is known and B = E − holdout, the test rows
 * have B < t ≤ E. Training rows are those whose outcome was known at B, t ≤ B − d, and where there is a window, t > B −
 * window.
 */
export function timeHoldout(
  { known, times, outcomeAfterMs }: Examples,
  split: Extract<SplitSpec, { kind: 'time' }>,
  { nowMs }: { readonly nowMs: number },
): Split {
  if (times === null) throw fail('noTime', 'Cannot split the rows by time: the dataset has no time column')
  const end = nowMs - outcomeAfterMs
  const border = end - durationMs(split.holdout)
  const first = split.window === undefined ? -Infinity : border - durationMs(split.window)
  const train: number[] = []
  const test: number[] = []
  for (let row = 0; row < times.length; row++) {
    const at = times[row] as number
    if (known[row] !== 1 || at > end) continue
    if (at > border) test.push(row)
    else if (at <= border - outcomeAfterMs && at > first) train.push(row)
  }
  return { train: Int32Array.from(train), test: Int32Array.from(test), label: `${iso(border)} to ${iso(end)}` }
}
