/**
 * A fitted encoder of a numeric or boolean column: missing values become the mean, then (x − mean) / deviation, and a
 * second feature says 1 where the value was missing. Infinite values are missing.
 */
export interface NumberEncoder {
  readonly input: string
  readonly mean: number
  /** 1 / standard deviation. */
  readonly inverse: number
  /** Whether being missing is a feature, that is, whether a training value was. */
  readonly hasFlag: boolean
}

/** Fits an encoder; undefined for a column that says nothing: all missing, or all equal and none missing. */
export function fitNumber(input: string, values: Float64Array): NumberEncoder | undefined {
  let count = 0
  let mean = 0
  let squares = 0
  for (const given of values) {
    const value = Math.fround(given)
    if (!Number.isFinite(value)) continue
    count++
    const step = value - mean
    mean += step / count
    squares += step * (value - mean) // Welford (1962): no loss of digits far from zero
  }
  const hasFlag = count < values.length
  if (count === 0 || (squares === 0 && !hasFlag)) return undefined
  return { input, mean, inverse: squares === 0 ? 0 : Math.sqrt(count / squares), hasFlag }
}

/** Writes the feature of each row, and after it the flag where there is one, at `place` of rows `stride` wide. */
export function encodeNumbers(
  encoder: NumberEncoder,
  values: Float64Array,
  into: { readonly dense: Float64Array; readonly place: number; readonly stride: number },
): void {
  const { dense, place, stride } = into
  const { mean, inverse, hasFlag } = encoder
  for (let row = 0; row < values.length; row++) {
    const value = Math.fround(values[row] as number) // the graph takes float32
    const isMissing = !Number.isFinite(value)
    dense[row * stride + place] = isMissing ? 0 : (value - mean) * inverse
    if (hasFlag) dense[row * stride + place + 1] = isMissing ? 1 : 0
  }
}
