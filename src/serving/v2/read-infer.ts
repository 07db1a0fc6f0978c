import { z } from 'zod'
import { fail } from '../failures.ts'
import { datatypeNamed } from '../inference/datatypes.ts'
import { decodeRaw } from '../inference/raw-tensor.ts'
import { readValues } from '../inference/read-values.ts'
import type { InferRequest, Parameters, TensorSpec, TensorValue } from '../inference/schema.ts'
import { readJson } from './read-json.ts'

/** A request for inference, and how its answer is wanted. */
export interface ReadInfer extends Omit<InferRequest, 'model' | 'version'> {
  /** Names of the outputs that are wanted as binary data; 'all' for every one. */
  readonly binaryOutputs: ReadonlySet<string> | 'all'
}

const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.bigint(), z.boolean()])).default({})

const bodySchema = z.object({
  id: z.string().max(1000).optional(),
  parameters,
  inputs: z
    .array(
      z.object({
        name: z.string().min(1),
        shape: z.array(z.number()),
        datatype: z.string(),
        parameters,
        data: z.unknown().optional(),
      }),
    )
    .min(1),
  outputs: z.array(z.object({ name: z.string(), parameters })).optional(),
})

/** The JSON of a request, its form checked. */
export type InferBody = z.output<typeof bodySchema>
type InputJson = InferBody['inputs'][number]

/** Reads the JSON of a request. @throws {Failure} `serving/badInput` */
export function readBody(json: Buffer): InferBody {
  const parsed = bodySchema.safeParse(readJson(json))
  if (parsed.success) return parsed.data
  throw fail('badInput', `Cannot read the request: ${issueText(parsed.error)}`)
}

/**
 * Reads a request of the Open Inference Protocol: JSON, with the binary tensor data extension where `headerLength` says
 * how much of the body is JSON.
 * @throws {Failure} `serving/badInput`
 */
export function readInfer(body: Buffer, headerLength: number | undefined): ReadInfer {
  const json = headerLength === undefined ? body : body.subarray(0, headerLength)
  if (headerLength !== undefined && headerLength > body.length)
    throw fail(
      'badInput',
      `Cannot read the request: Inference-Header-Content-Length is ${headerLength}, the body has ${body.length} bytes`,
    )
  const read = readBody(json)
  const { id, inputs, outputs } = read
  return {
    ...(id === undefined ? {} : { id }),
    parameters: read.parameters as Parameters,
    inputs: readInputs(inputs, body.subarray(json.length)),
    ...(outputs && outputs.length > 0 ? { outputs: outputs.map(({ name }) => name) } : {}),
    binaryOutputs: binaryOutputsOf(read),
  }
}

/**
 * Reads a request that is nothing but the bytes of its one tensor.
 * @param spec the one input of the model
 * @throws {Failure} `serving/badInput`
 */
export function readRawInfer(body: Buffer, spec: TensorSpec, elementBytes: number): ReadInfer {
  const shape = rawShape(spec, body, elementBytes)
  const bytes = spec.datatype === 'BYTES' ? framed(body) : body
  return { parameters: {}, inputs: [decodeRaw({ ...spec, shape }, bytes)], binaryOutputs: 'all' }
}

/** The shape of a batch of one whose only other varying dimension is what the bytes fill. */
function rawShape({ name, shape, datatype }: TensorSpec, body: Buffer, elementBytes: number): number[] {
  const [, ...row] = shape
  const isSimple = shape[0] === -1 && row.filter((dim) => dim === -1).length <= 1
  if (!isSimple || (datatype === 'BYTES' && row.some((dim) => dim !== 1)))
    throw fail(
      'badInput',
      `Cannot read the request: input '${name}' of shape [${shape.join(', ')}] cannot come as raw bytes alone`,
      {
        remedy: 'Send a JSON header with the shape, and its length in Inference-Header-Content-Length',
      },
    )
  const fixed = row.reduce((product, dim) => (dim === -1 ? product : product * dim), elementBytes || 1)
  return [1, ...row.map((dim) => (dim === -1 ? Math.floor(body.length / fixed) : dim))]
}

/** One element with its length before it. */
function framed(body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(body.length)
  return Buffer.concat([length, body])
}

function readInputs(inputs: readonly InputJson[], binary: Buffer): TensorValue[] {
  let at = 0
  const tensors = inputs.map(({ name, shape, datatype, parameters: { binary_data_size: size }, data }) => {
    const spec = { name, shape, datatype: datatypeNamed(datatype, name) }
    if (size === undefined) return { ...spec, data: readValues(spec, data) }
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0 || data !== undefined)
      throw fail('badInput', `Cannot read input '${name}': it has a wrong binary_data_size, or 'data' beside it`)
    const rest = binary.length - at
    if (size > rest)
      throw fail(
        'badInput',
        `Cannot read input '${name}': its binary_data_size is ${size}, but ${rest} bytes follow the JSON`,
      )
    at += size
    return decodeRaw(spec, binary.subarray(at - size, at))
  })
  if (at !== binary.length)
    throw fail('badInput', `Cannot read the request: ${binary.length - at} bytes follow the data of its last input`)
  return tensors
}

/** The request says it for all outputs, and each output for itself. */
export function binaryOutputsOf(body: InferBody): ReadonlySet<string> | 'all' {
  const all = body.parameters['binary_data_output'] === true
  if (!body.outputs || body.outputs.length === 0) return all ? 'all' : new Set()
  return new Set(
    body.outputs.filter(({ parameters: own }) => (own['binary_data'] ?? all) === true).map(({ name }) => name),
  )
}

function issueText(error: z.ZodError): string {
  const [issue] = error.issues
  if (!issue) return 'it has another form than the protocol says'
  const path = issue.path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
  return path === '' ? issue.message : `${path}: ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`
}
