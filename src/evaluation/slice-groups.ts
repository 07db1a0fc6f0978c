import type { Column, NumberColumn, StringColumn } from '#platform'
import { quantileOf } from './resample/quantile-of.ts'

/** Rows that share a value, or a span of values, of one column. */
export interface SliceGroup {
  /** Null for rows without a value. */
  readonly group: string | null
  readonly rows: Int32Array
}

/** Numbers with no more values than this are sliced by value, others by fifths. */
const fewValues = 20

/** The groups of a column: one per text, one per number where they are few, else one per fifth of the rows. */
export function sliceGroups(column: Column): SliceGroup[] {
  return column.kind === 'string' ? textGroups(column) : numberGroups(column)
}

function textGroups({ codes, dictionary }: StringColumn): SliceGroup[] {
  return gather(codes, (code) => code).map(([code, rows]) => ({
    group: code < 0 ? null : (dictionary[code] as string),
    rows,
  }))
}

function numberGroups({ values }: NumberColumn): SliceGroup[] {
  const known = values.filter((value) => !Number.isNaN(value)).sort()
  const distinct = new Set<number>()
  for (const value of known) if (distinct.size <= fewValues) distinct.add(value)
  if (distinct.size <= fewValues) {
    const list = [...distinct]
    return gather(values, (value) => (Number.isNaN(value) ? -1 : list.indexOf(value))).map(([place, rows]) => ({
      group: place < 0 ? null : String(list[place]),
      rows,
    }))
  }
  const edges = [...new Set([0.2, 0.4, 0.6, 0.8].map((share) => quantileOf(known, share)))]
  const [least, greatest] = [known[0] as number, known.at(-1) as number]
  const bounds = [least, ...edges.filter((edge) => edge > least), greatest]
  const spanOf = (value: number): number => {
    if (Number.isNaN(value)) return -1
    let span = 0
    while (span < bounds.length - 2 && value >= (bounds[span + 1] as number)) span++
    return span
  }
  return gather(values, spanOf).map(([span, rows]) => ({ group: span < 0 ? null : spanName(bounds, span), rows }))
}

function spanName(bounds: readonly number[], span: number): string {
  const last = span === bounds.length - 2
  const short = (bound: number | undefined): string => String(Number((bound as number).toPrecision(6)))
  return `[${short(bounds[span])}, ${short(bounds[span + 1])}${last ? ']' : ')'}`
}

/** Rows by key, in ascending order of the keys. */
function gather(values: ArrayLike<number>, keyOf: (value: number) => number): [number, Int32Array][] {
  const groups = new Map<number, number[]>()
  for (let row = 0; row < values.length; row++) {
    const key = keyOf(values[row] as number)
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return [...groups].sort(([a], [b]) => a - b).map(([key, rows]) => [key, Int32Array.from(rows)])
}
