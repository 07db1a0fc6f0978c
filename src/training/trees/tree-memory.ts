import { fail } from '../failures.ts'
import type { RowLayout } from './row-layout.ts'
import { webAssembly } from './web-assembly.ts'
import type { WasmMemory } from './web-assembly.ts'

/** What the memory of a fit has to hold. */
export interface TreeMemoryPlan {
  readonly rowCount: number
  readonly layout: RowLayout
  /** Scores per row. */
  readonly outputs: number
  /** Histograms that can be alive at once. */
  readonly histograms: number
}

/** Byte addresses in the memory of a fit. */
interface TreeAddresses {
  readonly scores: number
  readonly signedWeights: number
  readonly gradients: number
  readonly rows: number
  readonly spareRows: number
  readonly goesLeft: number
  readonly histograms: number
  readonly bins: number
}

/** Everything that is touched once a row and round, side by side where WebAssembly and TypeScript both reach it. */
export interface TreeMemory {
  readonly memory: WasmMemory
  readonly at: TreeAddresses
  /** Sum of the trees so far, shape [outputs × rows]. */
  readonly scores: Float64Array
  /** Weight of each row, negative where a binary label is 0, shape [rows]. */
  readonly signedWeights: Float32Array
  /** First and second derivative of the loss of each row, shape [rows × 2]. */
  readonly gradients: Float32Array
  /** Row numbers, those of one leaf side by side and rising, shape [rows]. */
  readonly rows: Int32Array
  /** For each bin of the splitting column, 4 (a row number's bytes) where it goes left and 0 where right. */
  readonly goesLeft: Uint8Array
  /** Sums of both derivatives by bin, shape [histograms × bins × 2]. */
  readonly histograms: Float64Array
  /** Bin numbers, laid out row by row, as bytes and as pairs of bytes. */
  readonly bins: Uint8Array
  readonly wideBins: Uint16Array
}

/**
 * Takes the memory of a fit.
 * @throws {Failure} `training/outOfMemory` when there is not so much, or it would pass the 4 GiB that WebAssembly can
 * address
 */
export function treeMemory(plan: TreeMemoryPlan): TreeMemory {
  const { rowCount, layout } = plan
  const pairedRows = rowCount + (rowCount % 2)
  const sizes: TreeAddresses = {
    scores: plan.outputs * pairedRows * 8,
    signedWeights: pairedRows * 4,
    gradients: pairedRows * 8,
    rows: rowCount * 4,
    spareRows: rowCount * 4,
    goesLeft: 65_536,
    histograms: plan.histograms * layout.binCount * 16,
    bins: rowCount * layout.rowBytes,
  }
  let end = 0
  const at = mapSizes(sizes, (size) => {
    const start = end
    end += Math.ceil(size / 16) * 16
    return start
  })
  const memory = takeMemory(Math.ceil(end / pageBytes), plan)
  const { buffer } = memory
  return {
    memory,
    at,
    scores: new Float64Array(buffer, at.scores, sizes.scores / 8),
    signedWeights: new Float32Array(buffer, at.signedWeights, pairedRows),
    gradients: new Float32Array(buffer, at.gradients, pairedRows * 2),
    rows: new Int32Array(buffer, at.rows, rowCount),
    goesLeft: new Uint8Array(buffer, at.goesLeft, sizes.goesLeft),
    histograms: new Float64Array(buffer, at.histograms, sizes.histograms / 8),
    bins: new Uint8Array(buffer, at.bins, sizes.bins),
    wideBins: new Uint16Array(buffer, at.bins, sizes.bins / 2),
  }
}

const pageBytes = 65_536

function takeMemory(pages: number, { rowCount, layout }: TreeMemoryPlan): WasmMemory {
  try {
    return new webAssembly.Memory({ initial: pages })
  } catch (error) {
    const what = `${rowCount} rows of ${layout.spans.length} columns need ${Math.ceil(pages / 16)} MiB in one piece`
    throw fail('outOfMemory', `Cannot grow trees: ${what}`, { cause: error })
  }
}

function mapSizes(sizes: TreeAddresses, place: (size: number) => number): TreeAddresses {
  return Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, place(size as number)])) as never
}
