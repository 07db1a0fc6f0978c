import { readExamples, type Dataset, type Examples } from '#dataset'
import type { Column, EpochMs, Workspace } from '#platform'

/** Reads the rows of windows that are asked in the order of time, several windows at once. */
export interface WindowReader {
  read(startMs: EpochMs, endMs: EpochMs): Promise<Examples>
}

/** Windows that are read at once: fewer queries, and their columns are views of the same memory. */
const windowsAtOnce = 7

export function openWindowReader(workspace: Workspace, dataset: Dataset): WindowReader {
  let held: { readonly fromMs: EpochMs; readonly toMs: EpochMs; readonly examples: Examples } | undefined
  return {
    read: async (startMs, endMs) => {
      if (!held || startMs < held.fromMs || endMs > held.toMs) {
        const toMs = startMs + windowsAtOnce * (endMs - startMs)
        held = { fromMs: startMs, toMs, examples: await readExamples(workspace, dataset, { fromMs: startMs, toMs }) }
      }
      return sliceOf(held.examples, startMs, endMs)
    },
  }
}

/** The rows of [startMs, endMs) of examples in the order of time, without copying them. */
function sliceOf(examples: Examples, startMs: EpochMs, endMs: EpochMs): Examples {
  const times = examples.times as Float64Array
  const [from, to] = [firstFrom(times, startMs), firstFrom(times, endMs)]
  const { table, target } = examples
  const view = (column: Column): Column =>
    column.kind === 'number'
      ? { kind: 'number', values: column.values.subarray(from, to) }
      : { ...column, codes: column.codes.subarray(from, to) }
  return {
    ...examples,
    table: {
      rowCount: to - from,
      columns: Object.fromEntries(Object.entries(table.columns).map(([name, column]) => [name, view(column)])),
    },
    target:
      target.kind === 'numbers'
        ? { kind: 'numbers', values: target.values.subarray(from, to) }
        : { ...target, labels: target.labels.subarray(from, to) },
    known: examples.known.subarray(from, to),
    times: times.subarray(from, to),
    rowNumbers: examples.rowNumbers.subarray(from, to),
    ...(examples.weights ? { weights: examples.weights.subarray(from, to) } : {}),
  }
}

/** Place of the first moment at or after `at` in sorted times. */
function firstFrom(times: Float64Array, at: EpochMs): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] as number) < at) low = middle + 1
    else high = middle
  }
  return low
}
