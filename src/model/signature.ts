import protobuf from 'protobufjs/light.js'
import { z } from 'zod'
import { messageOf } from '#platform'
import { fail } from './failures.ts'
import { metadataEntryProto, metadataField } from './onnx-schema.ts'
import type { Signature } from './schema.ts'

/** Name of the metadata property that holds the signature inside an ONNX file, as JSON. */
export const signatureKey = 'millrace.signature'

/** Name of the metadata property that says how many rows the graph is best run on at a time. */
export const batchRowsKey = 'millrace.batchRows'

/** A signature as it stands in a file, checked when it is read. */
const signatureSchema: z.ZodType<Signature> = z.object({
  task: z.enum(['binary', 'multiclass', 'regression']),
  inputs: z.array(
    z.object({ name: z.string(), type: z.enum(['numeric', 'boolean', 'categorical', 'timestamp', 'text']) }),
  ),
  classes: z.array(z.string()),
})

/**
 * The signature inside an ONNX file; of the file only the metadata is read, so it is quick for a large one.
 * @throws {Failure} `model/unreadable` when the bytes are not an ONNX file
 * @throws {Failure} `model/noSignature` when the file has none, or one of another form
 */
export function readSignature(bytes: Uint8Array): Signature {
  const text = readMetadata(bytes)[signatureKey]
  if (text === undefined)
    throw fail('noSignature', `Cannot read the model's signature: the file has no metadata property '${signatureKey}'`)
  const parsed = signatureSchema.safeParse(parseJson(text))
  if (!parsed.success)
    throw fail(
      'noSignature',
      `Cannot read the model's signature: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`,
    )
  return parsed.data
}

/** How many rows the graph of a file is best run on at a time. */
export function batchRowsOf(bytes: Uint8Array): number {
  return Number(readMetadata(bytes)[batchRowsKey] ?? defaultBatchRows)
}

/** Rows at a time where the file does not say: larger batches are no faster. */
const defaultBatchRows = 8192

/**
 * The metadata properties of an ONNX file.
 * @throws {Failure} `model/unreadable` when the bytes are not an ONNX file
 */
export function readMetadata(bytes: Uint8Array): Record<string, string> {
  const found: Record<string, string> = {}
  try {
    const reader = protobuf.Reader.create(bytes)
    while (reader.pos < reader.len) {
      const tag = reader.uint32()
      if (tag >>> 3 !== metadataField) {
        reader.skipType(tag & 7)
        continue
      }
      const entry = metadataEntryProto.decode(reader.bytes()) as unknown as { key: string; value: string }
      found[entry.key] = entry.value
    }
  } catch (error) {
    throw fail('unreadable', `Cannot read the model: ${messageOf(error)}`, { cause: error })
  }
  return found
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
