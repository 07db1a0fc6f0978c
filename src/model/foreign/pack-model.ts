import { createReadStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { messageOf } from '#platform'
import { fail } from '../failures.ts'
import { tensorProtoType } from '../onnx-schema.ts'
import { fieldsOf, replaceTensors } from './replace-tensors.ts'
import { fieldRope, joinRopes, ropeOf, type FileRange, type Rope } from './rope.ts'

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
  const rope = replaceTensors(bytes, (tensor) => {
    const inside = tensorInside(tensor, beside)
    if (inside) packed++
    return inside
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
async function writeRope(path: string, { pieces }: Rope): Promise<void> {
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
  if (!fields.some(({ number }) => number === externalDataField || number === dataLocationField)) return undefined
  const { name = '', dataType = 0, dims = [], externalData = [] } = readTensor(tensor)
  const wrong = (state: string) => fail('externalData', `Cannot read the tensor '${name.slice(0, 100)}': ${state}`)
  const told = new Map(externalData.map(({ key, value }) => [key, value]))
  const location = told.get('location') ?? ''
  const file = Object.hasOwn(beside, location) ? beside[location] : undefined
  if (!file) throw wrong(`its file '${location.slice(0, 200)}' is not in the folder of the model`)
  const offset = wholeNumber(told.get('offset') ?? '0')
  const sizeBytes = wholeNumber(told.get('length') ?? String(file.sizeBytes - (offset ?? 0)))
  if (offset === undefined || sizeBytes === undefined || offset + sizeBytes > file.sizeBytes)
    throw wrong(
      `it says to lie at byte ${told.get('offset') ?? 0} of '${location}', ${told.get('length') ?? 'all'} bytes long, which has ${file.sizeBytes}`,
    )
  const wanted = Math.ceil(
    (dims.reduce<number>((product, dim) => product * Number(dim.toString()), 1) * (bitsOf[dataType] ?? NaN)) / 8,
  )
  if (sizeBytes !== wanted)
    throw wrong(`it has ${sizeBytes} bytes in '${location}', its type and dimensions make ${wanted}`)
  return joinRopes([
    ...fields.filter(({ number }) => !replacedFields.has(number)).map(({ bytes }) => ropeOf(bytes)),
    fieldRope(rawDataField, { sizeBytes, pieces: [{ path: file.path, offset, sizeBytes }] }),
  ])
}

interface TensorHead {
  readonly name?: string
  readonly dataType?: number
  readonly dims?: readonly { toString(): string }[]
  readonly externalData?: readonly { readonly key: string; readonly value: string }[]
}

function readTensor(tensor: Uint8Array): TensorHead {
  try {
    return tensorProtoType.toObject(tensorProtoType.decode(tensor))
  } catch (error) {
    throw fail('unreadable', `Cannot read the model: ${messageOf(error)}`, { cause: error })
  }
}

const wholeNumber = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined)

const [rawDataField, externalDataField, dataLocationField] = [9, 13, 14]
const replacedFields: ReadonlySet<number> = new Set([rawDataField, externalDataField, dataLocationField])

/** The types of `TensorProto.DataType` whose elements have so many bits. */
const typesByBits = {
  4: [21, 22, 23],
  8: [2, 3, 9, 17, 18, 19, 20, 24],
  16: [4, 5, 10, 16],
  32: [1, 6, 12],
  64: [7, 11, 13, 14],
  128: [15],
} as const

const bitsOf: Readonly<Record<number, number>> = Object.fromEntries(
  Object.entries(typesByBits).flatMap(([bits, types]) => types.map((type) => [type, Number(bits)])),
)
