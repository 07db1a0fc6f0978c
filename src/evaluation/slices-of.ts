import type { Column, Random } from '#platform'
import { fail } from './failures.ts'
import { normalEstimate } from './measure.ts'
import { bootstrapIntervals } from './resample/bootstrap-intervals.ts'
import { takeJudged, type JudgedRows } from './sample/judged-rows.ts'
import { sampleOf } from './sample/sample-of.ts'
import type { Interval, Primary, Slice } from './schema.ts'
import { sliceGroups } from './slice-groups.ts'

export interface SliceOptions {
  readonly primary: Primary
  readonly columns: Readonly<Record<string, Column>>
  readonly minRows: number
  readonly random: Random
  readonly resamples: number
}

/**
 * The primary metric of every group with enough rows of every column, worst first. Groups on which it has no value (an
 * area under the curve where all rows are of one class) are left out.
 *
 * @throws {Failure} `evaluation/rowsDiffer`
 */
export function slicesOf(judged: JudgedRows, options: SliceOptions): Slice[] {
  const { primary, columns, minRows } = options
  const sign = primary.better === 'lower' ? 1 : -1
  const slices: Slice[] = []
  for (const [column, values] of Object.entries(columns)) {
    const found = values.kind === 'number' ? values.values.length : values.codes.length
    if (found !== judged.weights.length)
      throw fail(
        'rowsDiffer',
        `Cannot slice by '${column}': it has ${found} rows, the evaluation ${judged.weights.length}`,
      )
    for (const { group, rows } of sliceGroups(values)) {
      if (rows.length < minRows) continue
      const interval = intervalOf(takeJudged(judged, rows), options)
      if (!interval) continue
      const bestBound = sign > 0 ? interval.low : interval.high
      const worse = sign * (bestBound - primary.value) > 0
      slices.push({ column, group, rows: rows.length, ...interval, worse })
    }
  }
  return slices.sort((a, b) => sign * (b.value - a.value))
}

function intervalOf(judged: JudgedRows, { primary, random, resamples }: SliceOptions): Interval | null {
  const { task } = judged
  const sample = sampleOf(judged)
  const value = sample.measure(sample.weights)[primary.name] ?? NaN
  if (!Number.isFinite(value)) return null
  const { low, high } = normalEstimate(sample, { name: primary.name, value, task })
  if (low !== null && high !== null) return { value, low, high }
  return bootstrapIntervals(sample, { task, random, resamples })[primary.name] ?? null
}
