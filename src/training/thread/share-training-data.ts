import type { Column, Table } from '#platform'
import type { Target, TrainingData } from '../schema.ts'

/**
 * The same data in memory that threads share: handed to several of them it is not copied again.
 *
 * An array that is shared already stays as it is, and a copy that some training still uses is used again. Only the
 * dictionaries of text are copied to each thread.
 */
export function shareTrainingData(data: TrainingData): TrainingData {
  const { table, target, weights, times } = data
  return {
    ...data,
    table: shareTable(table),
    target: shareTarget(target),
    ...(weights && { weights: shareNumbers(weights) }),
    ...(times && { times: shareNumbers(times) }),
  }
}

function shareTable({ rowCount, columns }: Table): Table {
  const share = (column: Column): Column =>
    column.kind === 'number'
      ? { kind: 'number', values: shareNumbers(column.values) }
      : { ...column, codes: shareCodes(column.codes) }
  return {
    rowCount,
    columns: Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, share(column)])),
  }
}

function shareTarget(target: Target): Target {
  return target.kind === 'classes'
    ? { ...target, labels: shareCodes(target.labels) }
    : { kind: 'numbers', values: shareNumbers(target.values) }
}

/** Copies by their originals: neither is kept alive by it. */
const numbersShared = new WeakMap<Float64Array, WeakRef<Float64Array>>()
const codesShared = new WeakMap<Int32Array, WeakRef<Int32Array>>()

function shareNumbers(values: Float64Array): Float64Array {
  if (values.buffer instanceof SharedArrayBuffer) return values
  const known = numbersShared.get(values)?.deref()
  if (known) return known
  const copy = new Float64Array(new SharedArrayBuffer(values.byteLength))
  copy.set(values)
  numbersShared.set(values, new WeakRef(copy))
  return copy
}

function shareCodes(codes: Int32Array): Int32Array {
  if (codes.buffer instanceof SharedArrayBuffer) return codes
  const known = codesShared.get(codes)?.deref()
  if (known) return known
  const copy = new Int32Array(new SharedArrayBuffer(codes.byteLength))
  copy.set(codes)
  codesShared.set(codes, new WeakRef(copy))
  return copy
}
