import type { FeatureMatrix } from '../encode/feature-matrix.ts'

/**
 * How the weights of a linear model lie: row-major [(width + 2) × outputs]. Row `width` belongs to no feature and stays
 * zero: a one-hot column without a feature points there. Row `width + 1` holds the intercepts.
 */
export const weightRows = (width: number): number => width + 2

/** Rows of a matrix, `from` up to but without `to`. */
export interface RowRange {
  readonly from: number
  readonly to: number
}

/**
 * Computes outputs = features · weights + intercepts for a range of rows.
 * @param into row-major [rows of the range × outputs]
 */
export function multiplyRows(
  matrix: FeatureMatrix,
  weights: Float64Array,
  to: { readonly range: RowRange; readonly outputs: number; readonly into: Float64Array },
): void {
  if (to.outputs === 1) multiplyOne(matrix, weights, to)
  else multiplyMany(matrix, weights, to)
}

/**
 * Adds the transpose: gradient += featuresᵀ · residuals, for a range of rows.
 * @param of.residuals row-major [rows of the range × outputs]
 */
export function addTransposed(
  matrix: FeatureMatrix,
  gradient: Float64Array,
  of: { readonly range: RowRange; readonly outputs: number; readonly residuals: Float64Array },
): void {
  if (of.outputs === 1) addOne(matrix, gradient, of)
  else addMany(matrix, gradient, of)
}

function multiplyOne(
  matrix: FeatureMatrix,
  weights: Float64Array,
  { range, into }: { readonly range: RowRange; readonly into: Float64Array },
): void {
  const { dense, denseCount, coded, codedCount, sparse, width } = matrix
  const { starts, places, values } = sparse
  const intercept = weights[width + 1] as number
  for (let row = range.from; row < range.to; row++) {
    let sum = intercept
    for (let j = 0, at = row * denseCount; j < denseCount; j++, at++)
      sum += (dense[at] as number) * (weights[j] as number)
    for (let at = row * codedCount, end = at + codedCount; at < end; at++) sum += weights[coded[at] as number] as number
    for (let at = starts[row] as number, end = starts[row + 1] as number; at < end; at++)
      sum += (values[at] as number) * (weights[places[at] as number] as number)
    into[row - range.from] = sum
  }
}

function addOne(
  matrix: FeatureMatrix,
  gradient: Float64Array,
  { range, residuals }: { readonly range: RowRange; readonly residuals: Float64Array },
): void {
  const { dense, denseCount, coded, codedCount, sparse, width } = matrix
  const { starts, places, values } = sparse
  let intercept = 0
  for (let row = range.from; row < range.to; row++) {
    const residual = residuals[row - range.from] as number
    intercept += residual
    for (let j = 0, at = row * denseCount; j < denseCount; j++, at++)
      gradient[j] = (gradient[j] as number) + residual * (dense[at] as number)
    for (let at = row * codedCount, end = at + codedCount; at < end; at++) {
      const place = coded[at] as number
      gradient[place] = (gradient[place] as number) + residual
    }
    for (let at = starts[row] as number, end = starts[row + 1] as number; at < end; at++) {
      const place = places[at] as number
      gradient[place] = (gradient[place] as number) + residual * (values[at] as number)
    }
  }
  gradient[width] = 0
  gradient[width + 1] = (gradient[width + 1] as number) + intercept
}

function multiplyMany(
  matrix: FeatureMatrix,
  weights: Float64Array,
  to: { readonly range: RowRange; readonly outputs: number; readonly into: Float64Array },
): void {
  const { range, outputs, into } = to
  const entries = rowEntries(matrix, outputs)
  const { bases, values } = entries
  const intercepts = (matrix.width + 1) * outputs
  for (let row = range.from; row < range.to; row++) {
    const count = entries.read(row)
    const z = into.subarray((row - range.from) * outputs, (row - range.from + 1) * outputs)
    z.set(weights.subarray(intercepts, intercepts + outputs))
    for (let e = 0; e < count; e += 4) {
      const b0 = bases[e] as number
      const b1 = bases[e + 1] as number
      const b2 = bases[e + 2] as number
      const b3 = bases[e + 3] as number
      const v0 = values[e] as number
      const v1 = values[e + 1] as number
      const v2 = values[e + 2] as number
      const v3 = values[e + 3] as number
      for (let k = 0; k < outputs; k++)
        z[k] =
          (z[k] as number) +
          (v0 * (weights[b0 + k] as number) + v1 * (weights[b1 + k] as number)) +
          (v2 * (weights[b2 + k] as number) + v3 * (weights[b3 + k] as number))
    }
  }
}

function addMany(
  matrix: FeatureMatrix,
  gradient: Float64Array,
  of: { readonly range: RowRange; readonly outputs: number; readonly residuals: Float64Array },
): void {
  const { range, outputs, residuals } = of
  const entries = rowEntries(matrix, outputs)
  const { bases, values } = entries
  const intercepts = (matrix.width + 1) * outputs
  for (let row = range.from; row < range.to; row++) {
    const count = entries.read(row)
    const r = residuals.subarray((row - range.from) * outputs, (row - range.from + 1) * outputs)
    for (let k = 0; k < outputs; k++) gradient[intercepts + k] = (gradient[intercepts + k] as number) + (r[k] as number)
    for (let e = 0; e < count; e += 4) {
      const b0 = bases[e] as number
      const b1 = bases[e + 1] as number
      const b2 = bases[e + 2] as number
      const b3 = bases[e + 3] as number
      const v0 = values[e] as number
      const v1 = values[e + 1] as number
      const v2 = values[e + 2] as number
      const v3 = values[e + 3] as number
      for (let k = 0; k < outputs; k++) {
        const residual = r[k] as number
        gradient[b0 + k] = (gradient[b0 + k] as number) + v0 * residual
        gradient[b1 + k] = (gradient[b1 + k] as number) + v1 * residual
        gradient[b2 + k] = (gradient[b2 + k] as number) + v2 * residual
        gradient[b3 + k] = (gradient[b3 + k] as number) + v3 * residual
      }
    }
  }
  gradient.fill(0, matrix.width * outputs, intercepts)
}

/**
 * Reads a row's features one after another, whatever form they are held in: where each one's weights begin, and its
 * value. Three zeros at the row of no feature follow, so that they can be read four at a time.
 */
function rowEntries(matrix: FeatureMatrix, outputs: number) {
  const { dense, denseCount, coded, codedCount, sparse, width } = matrix
  let longest = 0
  for (let row = 0; row < sparse.rowCount; row++)
    longest = Math.max(longest, (sparse.starts[row + 1] as number) - (sparse.starts[row] as number))
  const bases = new Int32Array(denseCount + codedCount + longest + 3)
  const values = new Float64Array(bases.length)
  const read = (row: number): number => {
    let count = 0
    const put = (place: number, value: number): void => {
      bases[count] = place * outputs
      values[count++] = value
    }
    for (let j = 0; j < denseCount; j++) put(j, dense[row * denseCount + j] as number)
    for (let j = 0; j < codedCount; j++) put(coded[row * codedCount + j] as number, 1)
    const end = sparse.starts[row + 1] as number
    for (let at = sparse.starts[row] as number; at < end; at++)
      put(sparse.places[at] as number, sparse.values[at] as number)
    const used = count
    for (let spare = 0; spare < 3; spare++) put(width, 0)
    return used
  }
  return { bases, values, read }
}
