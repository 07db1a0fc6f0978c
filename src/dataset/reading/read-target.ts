import type { FieldType, Task } from '#model'
import type { Column } from '#platform'
import type { Target } from '../schema.ts'
import { className } from './class-name.ts'

export interface TargetOptions {
  readonly task: Task
  readonly type: FieldType
  readonly classes: readonly string[]
  /** Whether the outcome of a row was known at the moment asked for. */
  isKnown(row: number): boolean
}

/** The truth by row, missing where it was not known, and which rows have one. */
export function readTarget(column: Column, options: TargetOptions): { target: Target; known: Uint8Array } {
  const count = column.kind === 'number' ? column.values.length : column.codes.length
  const known = new Uint8Array(count)
  if (options.task === 'regression') {
    const values = new Float64Array(count).fill(NaN)
    for (let row = 0; row < count; row++) {
      const value = column.kind === 'number' ? (column.values[row] as number) : NaN
      if (Number.isNaN(value) || !options.isKnown(row)) continue
      known[row] = 1
      values[row] = value
    }
    return { target: { kind: 'numbers', values }, known }
  }
  const placeOf = classPlaces(column, options)
  const labels = new Int32Array(count).fill(-1)
  for (let row = 0; row < count; row++) {
    const place = placeOf(row)
    if (place < 0 || !options.isKnown(row)) continue
    known[row] = 1
    labels[row] = place
  }
  return { target: { kind: 'classes', classes: options.classes, labels }, known }
}

/** The place of a row's class in `classes`, −1 where it is null or not listed. */
function classPlaces(column: Column, { classes, type }: TargetOptions): (row: number) => number {
  const places = new Map(classes.map((name, place) => [name, place]))
  if (column.kind === 'string') {
    const byCode = Int32Array.from(column.dictionary, (name) => places.get(name) ?? -1)
    return (row) => byCode[column.codes[row] as number] ?? -1
  }
  const byNumber = new Map<number, number>()
  return (row) => {
    const value = column.values[row] as number
    if (Number.isNaN(value)) return -1
    let place = byNumber.get(value)
    if (place === undefined) byNumber.set(value, (place = places.get(className(value, type)) ?? -1))
    return place
  }
}
