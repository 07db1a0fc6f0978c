import { expect, test } from 'vitest'
import { seededRandom } from '#platform'
import { binRows } from './bin-rows.ts'
import { fitBins } from './fit-bins.ts'
import { rowLayout } from './row-layout.ts'
import type { FeatureSpan } from './row-layout.ts'
import { defaultTreeParams } from './schema.ts'
import type { TreeColumn } from './schema.ts'
import { treeKernels } from './tree-kernels.ts'
import { treeMemory } from './tree-memory.ts'

const rowCount = 4001
const random = seededRandom(7)
const columns: readonly TreeColumn[] = [
  {
    kind: 'numeric',
    name: 'x',
    values: Float32Array.from({ length: rowCount }, () => (random.int(9) ? random.normal() : NaN)),
  },
  {
    kind: 'categorical',
    name: 'wide',
    codes: Int32Array.from({ length: rowCount }, () => random.int(301) - 1),
    categoryCount: 300,
  },
  { kind: 'numeric', name: 'flag', values: Float32Array.from({ length: rowCount }, () => random.int(2)) },
]
const params = { ...defaultTreeParams, categorySmooth: 1 }
const layout = rowLayout(columns.map((column) => fitBins(column, params, random)))
const memory = treeMemory({ rowCount, layout, outputs: 1, histograms: 2 })
const kernels = treeKernels(memory, layout)
binRows(columns, layout, memory)
for (let row = 0; row < rowCount; row++) memory.rows[row] = row
const end = memory.at.rows + 4 * rowCount

/** The bin of a row, told from the column's values alone. */
function binOf({ feature, bins }: FeatureSpan, row: number): number {
  const column = columns[feature] as TreeColumn
  if (column.kind === 'categorical' && bins.kind === 'categorical') {
    const code = column.codes[row] as number
    const place = bins.codes.indexOf(code)
    if (code < 0) return 0
    return place < 0 ? bins.binCount - 1 : place + 1
  }
  const value = column.kind === 'numeric' ? (column.values[row] as number) : NaN
  if (Number.isNaN(value) || bins.kind !== 'numeric') return 0
  return 1 + bins.thresholds.filter((threshold) => value > threshold).length
}

test('logLossGradients() gives p − y and p (1 − p), times the weight', () => {
  const scores = Float64Array.from({ length: rowCount }, (_, row) =>
    row % 5 ? 3 * random.normal() : 2000 * random.normal(),
  )
  memory.scores.set(scores)
  memory.signedWeights.set(Array.from({ length: rowCount }, (_, row) => (row % 3 ? 1 : -0.5)))
  kernels.logLossGradients()
  for (let row = 0; row < rowCount; row++) {
    const [weight, label] = row % 3 ? [1, 1] : [0.5, 0]
    const p = 1 / (1 + Math.exp(-(scores[row] as number)))
    expect(Math.abs((memory.gradients[2 * row] as number) - weight * (p - label))).toBeLessThan(6e-8)
    expect(Math.abs((memory.gradients[2 * row + 1] as number) - weight * p * (1 - p))).toBeLessThan(6e-8)
  }
})

test('addToHistogram() sums both derivatives by bin of every column, narrow or wide', () => {
  memory.gradients.set(Array.from({ length: rowCount * 2 }, () => random.int(1000) - 500))
  memory.histograms.fill(0)
  kernels.addToHistogram(memory.at.rows, end, memory.at.histograms)
  const expected = new Float64Array(layout.binCount * 2)
  for (const span of layout.spans)
    for (let row = 0; row < rowCount; row++) {
      const at = 2 * (span.firstBin + binOf(span, row))
      expected[at] = (expected[at] as number) + (memory.gradients[2 * row] as number)
      expected[at + 1] = (expected[at + 1] as number) + (memory.gradients[2 * row + 1] as number)
    }
  expect(layout.spans.map((span) => span.isWide)).toEqual([false, false, true])
  expect(memory.histograms.slice(0, layout.binCount * 2)).toEqual(expected)
})

test('subtractHistogram() leaves what the other histogram does not have', () => {
  memory.histograms.forEach((_, i) => (memory.histograms[i] = i * i))
  const bytes = layout.binCount * 16
  kernels.subtractHistogram(memory.at.histograms, memory.at.histograms + bytes, memory.at.histograms + bytes)
  const size = layout.binCount * 2
  expect(memory.histograms[3]).toBe(9 - (size + 3) ** 2)
  expect(memory.histograms[size + 3]).toBe((size + 3) ** 2)
})

test('partitionNarrow() and partitionWide() move the rows of chosen bins to the front and keep their order', () => {
  for (const span of layout.spans) {
    memory.goesLeft.forEach((_, bin) => (memory.goesLeft[bin] = bin % 3 === 0 ? 4 : 0))
    for (let row = 0; row < rowCount; row++) memory.rows[row] = row
    const middle = kernels[span.isWide ? 'partitionWide' : 'partitionNarrow'](
      memory.at.rows,
      end,
      memory.at.bins + span.rowByte,
    )
    const all = Array.from({ length: rowCount }, (_, row) => row)
    const left = all.filter((row) => binOf(span, row) % 3 === 0)
    expect((middle - memory.at.rows) / 4).toBe(left.length)
    expect([...memory.rows]).toEqual([...left, ...all.filter((row) => binOf(span, row) % 3 !== 0)])
  }
})

test('addToScores() adds to the rows given and to no other', () => {
  memory.scores.fill(1)
  memory.rows.set([5, 0, 17])
  kernels.addToScores(memory.at.rows, memory.at.rows + 12, memory.at.scores, 0.25)
  const changed = [...memory.scores.keys()].filter((row) => memory.scores[row] === 1.25)
  expect(changed).toEqual([0, 5, 17])
  expect(memory.scores.filter((score) => score === 1)).toHaveLength(memory.scores.length - 3)
})

test('treeMemory() refuses more rows than can be addressed', () => {
  const take = () => treeMemory({ rowCount: 1e9, layout, outputs: 1, histograms: 2 })
  // Scores 8, weights 4, derivatives 8, row numbers twice 4, bins 4: 32 bytes a row.
  expect(take).toThrow(/1000000000 rows of 3 columns need 30518 MiB/)
  expect(take).toThrow(expect.objectContaining({ code: 'training/outOfMemory' }))
})
