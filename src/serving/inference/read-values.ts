import { fail } from '../failures.ts'
import { datatypes, elementCount, type TypedArray } from './datatypes.ts'
import type { Datatype, TensorSpec, TensorValues } from './schema.ts'

/**
 * The values of a tensor from JSON, flat or nested as its shape is.
 *
 * Floats are numbers, null or 'NaN' (not a number), 'Infinity' and '-Infinity'; whole numbers are exact, 64-bit ones as
 * bigints or safe numbers; BOOL is true, false, 1 or 0; BYTES is text.
 *
 * @throws {Failure} `serving/badInput`, naming the element
 */
export function readValues(spec: TensorSpec, data: unknown): TensorValues {
  const { name, datatype, shape } = spec
  const count = elementCount(spec)
  if (!Array.isArray(data)) throw wrong(name, "its 'data' is no list")
  if (datatype === 'FP16') throw wrong(name, 'JSON has no form of FP16: send it as binary data')
  const flat: unknown[] = []
  flatten(data, { into: flat, depth: shape.length, name })
  if (flat.length !== count)
    throw wrong(name, `its shape [${shape.join(', ')}] holds ${count} values, its 'data' has ${flat.length}`)
  if (datatype === 'BYTES') return flat.map((value, place) => readText(value, { name, place }))
  const { array } = datatypes[datatype]
  const values = new (array as NonNullable<typeof array>)(count)
  for (let place = 0; place < count; place++) values[place] = readOne(flat[place], { name, datatype, place })
  if (!(values instanceof Float32Array || values instanceof Float64Array)) checkRange(values, flat, { name, datatype })
  return values
}

/** Lists within lists, as deep as the shape has dimensions: deeper ones are left as they are, and no value. */
function flatten(
  list: readonly unknown[],
  to: { readonly into: unknown[]; readonly depth: number; readonly name: string },
): void {
  for (const value of list) {
    if (Array.isArray(value) && to.depth > 1) flatten(value, { ...to, depth: to.depth - 1 })
    else to.into.push(value)
  }
}

interface Element {
  readonly name: string
  readonly place: number
}

function readText(value: unknown, { name, place }: Element): string {
  if (typeof value === 'string') return value
  throw wrong(name, `element ${place} is ${shown(value)}, BYTES is text`)
}

function readOne(value: unknown, { name, datatype, place }: Element & { readonly datatype: Datatype }): never {
  const read = readers[datatype]?.(value)
  if (read === undefined) throw wrong(name, `element ${place} is ${shown(value)}, no ${datatype}`)
  return read as never
}

type Read = (value: unknown) => number | bigint | undefined

const readFloat: Read = (value) => {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value === null || value === 'NaN') return NaN
  return value === 'Infinity' ? Infinity : value === '-Infinity' ? -Infinity : undefined
}
const readWhole: Read = (value) => (typeof value === 'number' && Number.isInteger(value) ? value : undefined)
const readBig: Read = (value) =>
  typeof value === 'bigint'
    ? value
    : typeof value === 'number' && Number.isSafeInteger(value)
      ? BigInt(value)
      : undefined
const readTruth: Read = (value) => (value === true || value === 1 ? 1 : value === false || value === 0 ? 0 : undefined)

const readers: Readonly<Partial<Record<Datatype, Read>>> = {
  BOOL: readTruth,
  UINT8: readWhole,
  UINT16: readWhole,
  UINT32: readWhole,
  UINT64: readBig,
  INT8: readWhole,
  INT16: readWhole,
  INT32: readWhole,
  INT64: readBig,
  FP32: readFloat,
  FP64: readFloat,
}

/** What does not fit a whole type wraps around in its array: then the two differ. */
function checkRange(
  values: TypedArray,
  given: readonly unknown[],
  { name, datatype }: { readonly name: string; readonly datatype: Datatype },
): void {
  if (datatype === 'BOOL') return
  for (let place = 0; place < values.length; place++) {
    const value = given[place] as number | bigint
    if (values[place] != value) throw wrong(name, `element ${place} is ${value}, out of the range of ${datatype}`)
  }
}

const wrong = (name: string, state: string) => fail('badInput', `Cannot read input '${name}': ${state}`)

function shown(value: unknown): string {
  // Never as JSON: a list may be too deep to be written.
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'missing')
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
