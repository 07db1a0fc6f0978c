/** Σ aᵢ bᵢ; four sums side by side, since one sum waits for each addition. */
export function dot(a: Float64Array, b: Float64Array): number {
  const size = a.length
  const whole = size - (size % 4)
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  for (let i = 0; i < whole; i += 4) {
    s0 += (a[i] as number) * (b[i] as number)
    s1 += (a[i + 1] as number) * (b[i + 1] as number)
    s2 += (a[i + 2] as number) * (b[i + 2] as number)
    s3 += (a[i + 3] as number) * (b[i + 3] as number)
  }
  for (let i = whole; i < size; i++) s0 += (a[i] as number) * (b[i] as number)
  return s0 + s1 + (s2 + s3)
}

/** Writes `base` + by · of; `into` may be `base`. */
export function copyScaled(
  into: Float64Array,
  base: Float64Array,
  added: { readonly by: number; readonly of: Float64Array },
): void {
  const { by, of } = added
  for (let i = 0; i < into.length; i++) into[i] = (base[i] as number) + by * (of[i] as number)
}

/** Largest |aᵢ|, 0 for none. */
export function maxAbsolute(a: Float64Array): number {
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] as number))
  return most
}
