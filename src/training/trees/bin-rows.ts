import type { FeatureBins } from './fit-bins.ts'
import type { FeatureSpan, RowLayout } from './row-layout.ts'
import type { TreeColumn } from './schema.ts'
import type { TreeMemory } from './tree-memory.ts'

/** Writes the bin number of every row and column into memory. */
export function binRows(columns: readonly TreeColumn[], layout: RowLayout, memory: TreeMemory): void {
  for (const span of layout.spans) {
    const column = columns[span.feature] as TreeColumn
    const place = placement(span, layout, memory)
    if (column.kind === 'numeric') binNumbers(column.values, span.bins as NumericBins, place)
    else binCategories(column, span.bins as CategoryBins, place)
  }
}

type NumericBins = FeatureBins & { kind: 'numeric' }
type CategoryBins = FeatureBins & { kind: 'categorical' }

/** Where the bin number of a row goes: `cells[first + row * step]`. */
interface Placement {
  readonly cells: Uint8Array | Uint16Array
  readonly first: number
  readonly step: number
}

function placement(span: FeatureSpan, layout: RowLayout, memory: TreeMemory): Placement {
  const bytes = span.isWide ? 2 : 1
  return {
    cells: span.isWide ? memory.wideBins : memory.bins,
    first: span.rowByte / bytes,
    step: layout.rowBytes / bytes,
  }
}

/** Counts the thresholds below each value by halving, without branches that a processor would have to guess. */
function binNumbers(values: Float32Array, { thresholds }: NumericBins, { cells, first, step }: Placement): void {
  const padded = new Float32Array(256).fill(Infinity)
  padded.set(thresholds)
  for (let row = 0, cell = first; row < values.length; row++, cell += step) {
    const value = values[row] as number
    if (Number.isNaN(value)) continue
    let below = 0
    for (let half = 128; half > 0; half >>= 1) below += half & -Number(value > (padded[below + half - 1] as number))
    cells[cell] = below + 1
  }
}

function binCategories(
  { codes, categoryCount }: TreeColumn & { kind: 'categorical' },
  bins: CategoryBins,
  { cells, first, step }: Placement,
): void {
  const rest = bins.binCount - 1
  const binOf = new Uint16Array(categoryCount).fill(rest)
  bins.codes.forEach((code, place) => (binOf[code] = place + 1))
  for (let row = 0, cell = first; row < codes.length; row++, cell += step) {
    const code = codes[row] as number
    if (code >= 0) cells[cell] = code < categoryCount ? (binOf[code] as number) : rest
  }
}
