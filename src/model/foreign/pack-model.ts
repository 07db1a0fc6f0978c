import { createReadStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { fail } from '../failures.ts'
import { rewriteMessage } from './rewrite-message.ts'
import { fieldRope, fieldsOf, joinRopes, ropeOf, type FileRange, type Rope } from './wire.ts'

/** A file that tensors of a graph may be kept in, beside it. */
export interface FileBeside {
  readonly path: string
  readonly sizeBytes: number
}

export interface PackOptions {
  /** Path of the graph's file. */
  readonly path: string
  /** Files in its folder and below, by their names from there: no other is ever opened. */
  readonly beside: Readonly<Record<string, FileBeside>>
  /** Where the packed file is written. */
  readonly to: string
  /** Of the packed file. */
  readonly maxBytes: number
}

/**
 * Writes a graph as one file, with all tensors that it keeps in files beside it inside.
 * @returns false, with nothing written, where all tensors stand in it already
 * @throws {Failure} `model/unreadable`, `model/externalData`, `model/tooLarge`
 */
export async function packModel({ path, beside, to, maxBytes }: PackOptions): Promise<boolean> {
  const bytes = await readFile(path)
  let packed = 0
  const rope = rewriteMessage(bytes, 'model', {
    tensor: (tensor) => {
      const inside = tensorInside(tensor, beside)
      if (inside) packed++
      return inside
    },
  })
  if (packed === 0) return false
  if (rope.sizeBytes > maxBytes)
    throw fail(
      'tooLarge',
      `Cannot pack the model: with its tensors it has ${rope.sizeBytes} bytes, at most ${maxBytes} are taken`,
    )
  await writeRope(to, rope)
  return true
}

/** Writes a message, piece by piece. */
export async function writeRope(path: string, { pieces }: Rope): Promise<void> {
  await using handle = await open(path, 'wx')
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) await handle.writeFile(piece)
    else if (piece.sizeBytes > 0) await handle.writeFile(createReadStream(piece.path, rangeOf(piece)))
  }
}

const rangeOf = ({ offset, sizeBytes }: FileRange) => ({ start: offset, end: offset + sizeBytes - 1 })

/** A tensor with its values inside; undefined for one whose values are. */
function tensorInside(tensor: Uint8Array, beside: PackOptions['beside']): Rope | undefined {
  const fields = fieldsOf(tensor)
  if (!fields.some(({ number, value }) => number === dataLocationField && value === external)) return undefined
  const name = textOf(fields.findLast(({ number }) => number === nameField)?.bytes) || 'without a name'
  const wrong = (state: string) => fail('externalData', `Cannot read the tensor '${name.slice(0, 100)}': ${state}`)
  const told = new Map(fields.filter(({ number }) => number === externalDataField).map(({ bytes }) => pairOf(bytes)))
  const location = told.get('location') ?? ''
  const file = Object.hasOwn(beside, location) ? beside[location] : undefined
  if (!file) throw wrong(`its file '${location.slice(0, 200)}' is not in the folder of the model`)
  const offset = wholeNumber(told.get('offset') ?? '0')
  const sizeBytes = wholeNumber(told.get('length') ?? String(file.sizeBytes - (offset ?? 0)))
  if (offset === undefined || sizeBytes === undefined || offset + sizeBytes > file.sizeBytes)
    throw wrong(
      `it says to lie at byte ${told.get('offset') ?? 0} of '${location}', ${told.get('length') ?? 'all'} bytes long, which has ${file.sizeBytes}`,
    )
  const wanted = bytesOf(fields)
  if (sizeBytes !== wanted)
    throw wrong(`it has ${sizeBytes} bytes in '${location}', its type and dimensions make ${wanted}`)
  return joinRopes([
    ...fields
      .filter(({ number }) => number !== externalDataField && number !== dataLocationField && number !== rawDataField)
      .map(({ raw }) => ropeOf(raw)),
    fieldRope(rawDataField, { sizeBytes, pieces: [{ path: file.path, offset, sizeBytes }] }),
  ])
}

/** Bytes that a tensor of its type and dimensions has; NaN for a type that has no fixed size. */
function bytesOf(fields: ReturnType<typeof fieldsOf>): number {
  const type = fields.findLast(({ number }) => number === dataTypeField)?.value ?? 0
  const dims = fields
    .filter(({ number }) => number === dimsField)
    .flatMap(({ bytes, value }) => (bytes.length > 0 ? packedNumbers(bytes) : [value]))
  return Math.ceil((dims.reduce((product, dim) => product * dim, 1) * (bitsOf[type] ?? NaN)) / 8)
}

/** Whole numbers that stand one after another. */
function packedNumbers(bytes: Uint8Array): readonly number[] {
  const numbers: number[] = []
  let [value, scale] = [0, 1]
  for (const byte of bytes) {
    value += (byte & 127) * scale
    scale *= 128
    if (byte >= 128) continue
    numbers.push(value)
    ;[value, scale] = [0, 1]
  }
  return numbers
}

function pairOf(bytes: Uint8Array): readonly [string, string] {
  const fields = fieldsOf(bytes)
  return [
    textOf(fields.find(({ number }) => number === 1)?.bytes),
    textOf(fields.find(({ number }) => number === 2)?.bytes),
  ]
}

const textOf = (bytes: Uint8Array | undefined): string => (bytes ? Buffer.from(bytes).toString('utf8') : '')

const wholeNumber = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined)

const [dimsField, dataTypeField, nameField, rawDataField, externalDataField, dataLocationField] = [1, 2, 8, 9, 13, 14]
const external = 1

/** Bits of an element, by `TensorProto.DataType`. */
const bitsOf: Readonly<Record<number, number>> = {
  ...{ 1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128, 16: 16 },
  ...{ 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8 },
}
