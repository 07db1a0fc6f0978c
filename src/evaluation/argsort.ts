/**
 * Places of the values in ascending order: `values[argsort(values)[0]]` is the least.
 *
 * Stable, so equal values keep their order. A radix sort on the bits, 11 at a time: linear in the rows.
 *
 * @param values shape [rows], without NaN
 * @returns places, shape [rows]
 */
export function argsort(values: Float64Array | Float32Array): Uint32Array {
  const rows = values.length
  // Adding zero makes −0 and 0 equal.
  const copy = new Float64Array(rows)
  for (let i = 0; i < rows; i++) copy[i] = (values[i] as number) + 0
  const bits = new Uint32Array(copy.buffer)
  for (let i = 0; i < rows; i++) {
    const high = bits[2 * i + 1] as number
    const negative = high >>> 31 === 1
    bits[2 * i + 1] = negative ? ~high : high | 0x80000000
    if (negative) bits[2 * i] = ~(bits[2 * i] as number)
  }
  let places = new Uint32Array(rows)
  for (let i = 0; i < rows; i++) places[i] = i
  let next = new Uint32Array(rows)
  for (const word of [0, 1]) {
    for (const shift of [0, 11, 22]) {
      if (!scatter({ bits, word, shift }, places, next)) continue
      ;[places, next] = [next, places]
    }
  }
  return places
}

interface Digit {
  readonly bits: Uint32Array
  readonly word: number
  readonly shift: number
}

/** One pass of the radix sort; false when every value has the same digit and nothing needs to move. */
function scatter({ bits, word, shift }: Digit, from: Uint32Array, to: Uint32Array): boolean {
  const starts = new Uint32Array(2049)
  const rows = from.length
  for (let i = 0; i < rows; i++) {
    const digit = ((bits[2 * i + word] as number) >>> shift) & 2047
    starts[digit + 1] = (starts[digit + 1] as number) + 1
  }
  if (starts.includes(rows)) return false
  for (let digit = 1; digit < 2049; digit++) starts[digit] = (starts[digit] as number) + (starts[digit - 1] as number)
  for (let i = 0; i < rows; i++) {
    const place = from[i] as number
    const digit = ((bits[2 * place + word] as number) >>> shift) & 2047
    const start = starts[digit] as number
    to[start] = place
    starts[digit] = start + 1
  }
  return true
}
