/** A matrix that is mostly zeros, by row (CSR): row i holds `values[starts[i] … starts[i + 1]]`. */
export interface SparseRows {
  readonly rowCount: number
  /** Columns of the matrix. */
  readonly width: number
  /** Shape [rowCount + 1]. */
  readonly starts: Int32Array
  /** Column of each value, rising within a row. */
  readonly places: Int32Array
  readonly values: Float64Array
}

/** Puts rows together, in order. */
export function sparseRows(width: number, rows: readonly SparseRow[]): SparseRows {
  const starts = new Int32Array(rows.length + 1)
  rows.forEach((row, i) => (starts[i + 1] = (starts[i] as number) + row.places.length))
  const size = starts[rows.length] as number
  const places = new Int32Array(size)
  const values = new Float64Array(size)
  rows.forEach((row, i) => {
    places.set(row.places, starts[i])
    values.set(row.values, starts[i])
  })
  return { rowCount: rows.length, width, starts, places, values }
}

/** One row's columns, rising, and their values. */
export interface SparseRow {
  readonly places: readonly number[]
  readonly values: readonly number[]
}

/** The same matrix with its zeros, row-major, shape [rowCount × width]. */
export function toDense(rows: SparseRows): Float64Array {
  const dense = new Float64Array(rows.rowCount * rows.width)
  for (let i = 0; i < rows.rowCount; i++)
    for (let at = rows.starts[i] as number; at < (rows.starts[i + 1] as number); at++)
      dense[i * rows.width + (rows.places[at] as number)] = rows.values[at] as number
  return dense
}
