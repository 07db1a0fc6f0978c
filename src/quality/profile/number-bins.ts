/** Edges with a grid over their range, to find the bin of a number in about one comparison. */
export interface NumberBins {
  /** Ascending, shape [edges]. */
  readonly edges: Float64Array
  /**
   * Shape [cells]. The cell of x is trunc((x − low) · scale) within the grid; `first[cell]` is the number of edges in
   * the cells before. The cell never falls as x grows, so these edges lie below x: its bin is this one or a later one.
   */
  readonly first: Uint32Array
  readonly low: number
  readonly scale: number
}

/** The grid over ascending finite edges. */
export function numberBins(edges: readonly number[]): NumberBins {
  const low = edges[0] ?? 0
  const range = (edges.at(-1) ?? 0) - low
  const cells = range > 0 ? gridCells : 1
  const grid = { edges: Float64Array.from(edges), low, scale: range > 0 ? cells / range : 0 }
  const inCell = new Uint32Array(cells)
  for (const edge of edges) {
    const cell = cellOf(grid, cells, edge)
    inCell[cell] = (inCell[cell] as number) + 1
  }
  let before = 0
  const first = inCell.map((count) => (before += count) - count)
  return { ...grid, first }
}

/** The bin of a finite number: how many edges are less than it or equal to it. */
export function binOf(bins: NumberBins, value: number): number {
  const { edges, first } = bins
  let bin = first[cellOf(bins, first.length, value)] as number
  while (bin < edges.length && value >= (edges[bin] as number)) bin++
  return bin
}

/** Numbers off the range lie in the first cell or the last one. */
function cellOf({ low, scale }: Pick<NumberBins, 'low' | 'scale'>, cells: number, value: number): number {
  const cell = (value - low) * scale
  if (!(cell < cells)) return cells - 1
  return cell > 0 ? Math.trunc(cell) : 0
}

const gridCells = 512
