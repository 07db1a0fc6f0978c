import { isFailure, type Address } from '#platform'
import { fail } from '../failures.ts'
import { datatypes } from '../inference/datatypes.ts'
import type { Inference, ModelMetadata, ModelStatistics, RepositoryEntry, TensorSpec } from '../inference/schema.ts'
import { readInfer, readRawInfer, type ReadInfer } from './read-infer.ts'
import { readJson } from './read-json.ts'
import { writeInfer } from './write-infer.ts'

/** A request to an address below `/v2`, with its body whole and not compressed. */
export interface V2Request {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
}

export interface V2Answer {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer | string
  /** Length of the JSON where binary data follows it. */
  readonly headerLength?: number | undefined
  /** Seconds after which another try makes sense. */
  readonly retryAfter?: number | undefined
}

export interface V2Options {
  readonly inference: Inference
  /** Version of the server. */
  readonly version: string
  /** Told of what was not expected, of which answers say nothing. */
  readonly onUnexpected?: ((error: unknown) => void) | undefined
}

/** Answers a request of the Open Inference Protocol over HTTP, mistakes included: `{"error": "…"}` with their status. */
export async function answerV2(request: V2Request, options: V2Options): Promise<V2Answer> {
  try {
    const parts = partsOf(request.path)
    const route = routes.find(({ pattern }) => matches(pattern, parts))
    if (!route) return error(404, `Cannot answer ${request.path}: nothing is there`)
    if (route.method !== request.method) {
      const other = routes.find(({ pattern, method }) => method === request.method && matches(pattern, parts))
      if (!other) return error(405, `Cannot answer ${request.method} ${request.path}: it takes ${route.method}`)
      return await other.answer({ ...named(other.pattern, parts), request, ...options })
    }
    return await route.answer({ ...named(route.pattern, parts), request, ...options })
  } catch (failure) {
    if (!isFailure(failure)) options.onUnexpected?.(failure)
    return failureAnswer(failure)
  }
}

/** What a caller must be allowed to do for a request; what is not there can be looked for by those who may read. */
export function v2Permission(asked: Address): string {
  try {
    const parts = partsOf(asked.target.split('?')[0] as string)
    const route = routes.find(({ method, pattern }) => method === asked.method && matches(pattern, parts))
    return route?.permission ?? 'system:read'
  } catch {
    return 'system:read'
  }
}

/** Everything that can be asked. */
export const v2Addresses = (): readonly Address[] =>
  routes.map(({ method, pattern }) => ({ method, target: ['/v2', ...pattern].join('/') }))

/** The protocol's answer to anything thrown. */
export function failureAnswer(failure: unknown): V2Answer {
  if (!isFailure(failure)) return error(500, 'Cannot answer: the server met an unexpected error')
  const status = failure.code.startsWith('model/') && failure.status === 422 ? 400 : failure.status
  // Whoever has no leave to ask is told how to get it.
  const message = status === 401 || status === 403 ? `${failure.message}. ${failure.remedy}` : failure.message
  return { ...error(status, message), retryAfter: failure.status === 503 ? 1 : undefined }
}

interface Call extends V2Options {
  readonly model: string
  readonly modelVersion: string | undefined
  readonly request: V2Request
}

interface V2Route {
  readonly method: 'GET' | 'POST'
  readonly pattern: readonly string[]
  /** As the calls of gRPC have it. */
  readonly permission: 'public' | 'system:read' | 'prediction:make' | 'system:apply'
  readonly answer: (call: Call) => Promise<V2Answer>
}

const json = (value: unknown): V2Answer => ({
  status: 200,
  contentType: 'application/json',
  body: JSON.stringify(value),
})
const error = (status: number, message: string): V2Answer => ({
  status,
  contentType: 'application/json',
  // Names and shapes of a request come back in messages, however long they are.
  body: JSON.stringify({ error: message.length > longest ? `${message.slice(0, longest)}…` : message }),
})

const longest = 1000

const ofModel = (tail: readonly string[], route: Omit<V2Route, 'pattern'>): V2Route[] => [
  { ...route, pattern: ['models', '{model}', ...tail] },
  { ...route, pattern: ['models', '{model}', 'versions', '{version}', ...tail] },
]
const readsModel = (tail: readonly string[], answer: V2Route['answer']): V2Route[] =>
  ofModel(tail, { method: 'GET', permission: 'system:read', answer })

const routes: readonly V2Route[] = [
  { method: 'GET', pattern: [], permission: 'system:read', answer: serverMetadata },
  { method: 'GET', pattern: [''], permission: 'system:read', answer: serverMetadata },
  {
    method: 'GET',
    pattern: ['health', 'live'],
    permission: 'public',
    answer: () => Promise.resolve(json({ live: true })),
  },
  {
    method: 'GET',
    pattern: ['health', 'ready'],
    permission: 'public',
    answer: async ({ inference }) => {
      const ready = await inference.isReady()
      return { ...json({ ready }), status: ready ? 200 : 503 }
    },
  },
  {
    method: 'GET',
    pattern: ['models'],
    permission: 'system:read',
    answer: async ({ inference }) => json({ models: [...new Set((await inference.index()).map(({ name }) => name))] }),
  },
  {
    method: 'GET',
    pattern: ['models', 'stats'],
    permission: 'system:read',
    answer: async ({ inference }) => json(statsJson(await inference.statistics())),
  },
  ...readsModel([], async ({ inference, model, modelVersion }) =>
    json(metadataJson(await inference.modelMetadata(model, modelVersion))),
  ),
  ...readsModel(['ready'], async ({ inference, model, modelVersion }) => {
    const ready = await inference.isModelReady(model, modelVersion)
    return { ...json({ name: model, ready }), status: ready ? 200 : 503 }
  }),
  ...readsModel(['config'], async ({ inference, model, modelVersion }) =>
    json(configJson(await inference.modelMetadata(model, modelVersion))),
  ),
  ...readsModel(['stats'], async ({ inference, model, modelVersion }) =>
    json(statsJson(await inference.statistics(model, modelVersion))),
  ),
  ...ofModel(['infer'], { method: 'POST', permission: 'prediction:make', answer: infer }),
  {
    method: 'POST',
    pattern: ['repository', 'index'],
    permission: 'system:read',
    answer: async ({ inference, request }) => {
      const { ready } = bodyOf(request) as { ready?: unknown }
      return json((await inference.index({ readyOnly: ready === true })).map(entryJson))
    },
  },
  { method: 'POST', pattern: ['repository', 'models', '{model}', 'load'], permission: 'system:apply', answer: load },
  {
    method: 'POST',
    pattern: ['repository', 'models', '{model}', 'unload'],
    permission: 'system:apply',
    answer: async ({ inference, model }) => {
      await inference.unload(model)
      return json({})
    },
  },
]

function serverMetadata({ version }: Call): Promise<V2Answer> {
  const extensions = ['binary_tensor_data', 'model_repository', 'statistics', 'model_configuration', 'parameters']
  return Promise.resolve(json({ name: 'millrace', version, extensions }))
}

async function infer({ inference, model, modelVersion, request }: Call): Promise<V2Answer> {
  const read = await readRequest({ inference, model, modelVersion, request }).catch(async (error: unknown) => {
    // Whoever asks for a model that is not there is told that first.
    await inference.isModelReady(model, modelVersion)
    throw error
  })
  const { binaryOutputs, ...asked } = read
  const response = await inference.infer({ ...asked, model, version: modelVersion })
  const { body, headerLength } = writeInfer(response, binaryOutputs)
  return {
    status: 200,
    contentType: headerLength === undefined ? 'application/json' : 'application/octet-stream',
    body,
    headerLength,
  }
}

async function readRequest(call: Pick<Call, 'inference' | 'model' | 'modelVersion' | 'request'>): Promise<ReadInfer> {
  const { body, headers } = call.request
  const header = headers['inference-header-content-length']
  if (header === undefined) return readInfer(body, undefined)
  if (typeof header !== 'string' || !/^\d{1,10}$/.test(header))
    throw fail('badInput', `Cannot read the request: Inference-Header-Content-Length is '${String(header)}', no length`)
  if (Number(header) > 0) return readInfer(body, Number(header))
  const { inputs } = await call.inference.modelMetadata(call.model, call.modelVersion)
  const [spec] = inputs
  if (inputs.length !== 1 || !spec)
    throw fail(
      'badInput',
      `Cannot read the request: raw bytes alone are for models of one input, '${call.model}' has ${inputs.length}`,
    )
  return readRawInfer(body, spec, datatypes[spec.datatype].bytes)
}

async function load({ inference, model, request }: Call): Promise<V2Answer> {
  const { parameters = {} } = bodyOf(request) as { parameters?: Record<string, unknown> }
  const files = Object.entries(parameters).filter(([name]) => name.startsWith('file:'))
  const [file] = files
  if (!file) {
    await inference.load(model)
    return json({})
  }
  const [name, content] = file
  const version = /^file:(\d{1,9})\/model\.onnx$/.exec(name)?.[1]
  if (files.length > 1 || version === undefined || typeof content !== 'string' || !base64.test(content))
    throw fail(
      'badInput',
      `Cannot load '${model}': expected one file as 'file:<version>/model.onnx', its bytes in base 64`,
    )
  await inference.load(model, { file: { version, bytes: Buffer.from(content, 'base64') } })
  return json({})
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/

function bodyOf({ body }: V2Request): object {
  if (body.length === 0) return {}
  const value = readJson(body)
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw fail('badInput', 'Cannot read the request: its body is no JSON object')
  return value
}

const partsOf = (path: string): string[] => path.split('/').slice(2).map(decoded)

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw fail('badInput', `Cannot read the address: '${part}' is not encoded as addresses are`)
  }
}

const matches = (pattern: readonly string[], parts: readonly string[]): boolean =>
  pattern.length === parts.length &&
  pattern.every((word, i) => (word.startsWith('{') ? parts[i] !== '' : word === parts[i]))

function named(
  pattern: readonly string[],
  parts: readonly string[],
): { model: string; modelVersion: string | undefined } {
  return { model: parts[pattern.indexOf('{model}')] ?? '', modelVersion: parts[pattern.indexOf('{version}')] }
}

const tensorJson = ({ name, datatype, shape }: TensorSpec) => ({ name, datatype, shape })

const metadataJson = ({ name, versions, platform, inputs, outputs }: ModelMetadata) => ({
  name,
  versions,
  platform,
  inputs: inputs.map(tensorJson),
  outputs: outputs.map(tensorJson),
})

const configTensor = ({ name, datatype, shape }: TensorSpec) => ({
  name,
  data_type: `TYPE_${datatype === 'BYTES' ? 'STRING' : datatype}`,
  dims: shape,
})

/** The part of Triton's model configuration that clients read. Dimensions include the batch, so its own maximum is 0. */
const configJson = ({ name, platform, inputs, outputs }: ModelMetadata) => ({
  name,
  platform,
  backend: 'onnxruntime',
  max_batch_size: 0,
  input: inputs.map(configTensor),
  output: outputs.map(configTensor),
})

const entryJson = ({ name, version, state, reason }: RepositoryEntry) => ({ name, version, state, reason })

const statsJson = (statistics: readonly ModelStatistics[]) => ({
  model_stats: statistics.map((one) => ({
    name: one.name,
    version: one.version,
    last_inference: one.lastInference,
    inference_count: one.inferenceCount,
    execution_count: one.executionCount,
    inference_stats: {
      success: one.success,
      fail: one.fail,
      queue: one.queue,
      compute_input: one.computeInput,
      compute_infer: one.computeInfer,
      compute_output: one.computeOutput,
      cache_hit: { count: 0, ns: 0 },
      cache_miss: { count: 0, ns: 0 },
    },
    batch_stats: one.batches.map(({ batchSize, computeInfer }) => ({
      batch_size: batchSize,
      compute_infer: computeInfer,
    })),
  })),
})
