import type { Random } from '#platform'
import type { TrainingData } from '../schema.ts'

/** Places of rows to learn from and to judge by. */
export interface ValidationSplit {
  /** In an order of which any first part is a fair sample: every class that there is comes first once. */
  readonly learn: Int32Array
  readonly judge: Int32Array
}

/**
 * Splits rows for tuning: the last fifth in time is judged by, so that no combination wins by knowing the future; a random
 * fifth where there are no times, or where the earlier rows have only one class.
 */
export function validationSplit(data: TrainingData, random: Random): ValidationSplit {
  const byTime = data.times ? splitByTime(data.times) : undefined
  const split = byTime && canLearnFrom(data, byTime.learn) ? byTime : splitAtRandom(data, random)
  return { learn: fairOrder(data, split.learn, random), judge: Int32Array.from(split.judge) }
}

interface Places {
  readonly learn: readonly number[]
  readonly judge: readonly number[]
}

const judgeShare = 0.2

function splitByTime(times: Float64Array): Places | undefined {
  const known = times.filter((time) => !Number.isNaN(time)).sort()
  const cut = known[Math.floor(known.length * (1 - judgeShare))]
  if (cut === undefined) return undefined
  const rows = Array.from(times.keys())
  // Rows of the cut's very moment are all judged by; rows without a time are learned from.
  const isLate = (row: number): boolean => (times[row] as number) >= cut
  const judge = rows.filter(isLate)
  // Where nearly all rows have one moment, time tells nothing apart.
  return judge.length > times.length / 2 ? undefined : { learn: rows.filter((row) => !isLate(row)), judge }
}

function splitAtRandom(data: TrainingData, random: Random): Places {
  const order = fairOrder(
    data,
    Array.from({ length: data.table.rowCount }, (_, row) => row),
    random,
  )
  const cut = Math.min(Math.max(1, Math.ceil(order.length * (1 - judgeShare))), order.length - 1)
  return { learn: Array.from(order.subarray(0, cut)), judge: Array.from(order.subarray(cut)) }
}

function canLearnFrom({ target }: TrainingData, rows: readonly number[]): boolean {
  if (target.kind === 'numbers') return rows.length > 0
  const first = target.labels[rows[0] as number]
  return rows.some((row) => target.labels[row] !== first)
}

/** Shuffled within each class, then merged so that each class is spread evenly from the front on. */
function fairOrder({ target }: TrainingData, rows: readonly number[], random: Random): Int32Array {
  const shuffled = random.shuffle(rows)
  if (target.kind === 'numbers') return Int32Array.from(shuffled)
  const counts = new Float64Array(target.classes.length)
  const classOf = (row: number): number => target.labels[row] as number
  for (const row of shuffled) counts[classOf(row)] = (counts[classOf(row)] as number) + 1
  const seen = new Float64Array(target.classes.length)
  const keyed = shuffled.map((row) => {
    const of = classOf(row)
    const key = (seen[of] as number) / (counts[of] as number)
    seen[of] = (seen[of] as number) + 1
    return { row, key }
  })
  return Int32Array.from(
    keyed.sort((a, b) => a.key - b.key),
    ({ row }) => row,
  )
}
