import { isFailure } from '#platform'
import type { Inference, InferRequest } from '../inference/schema.ts'
import { modelConfig } from '../inference/model-config.ts'
import { fail } from '../failures.ts'
import { configFields, statisticsFields } from './extension-fields.ts'
import { inferResponse } from './infer-response.ts'
import { decodeMessage, type MessageName } from './messages.ts'
import { fileToLoad, type LoadMessage } from './model-file.ts'
import { readInferRequest } from './read-infer-request.ts'

/** What a call is answered from. */
export interface CallContext {
  readonly inference: Inference
  /** Of Millrace. */
  readonly version: string
  /** Microseconds until the client gives up; undefined where it waits for ever. */
  readonly timeoutUs: number | undefined
}

/** One call of `inference.GRPCInferenceService`. */
export interface Method {
  readonly permission: string
  readonly response: MessageName
  /** The fields of the answer. @throws {Failure} as the interface does */
  answer(request: Uint8Array, context: CallContext): Promise<object>
}

/** The calls of the service by name: those of the protocol, then those of Triton's extensions. */
export const methods: Readonly<Record<string, Method>> = {
  ServerLive: {
    permission: 'public',
    response: 'ServerLiveResponse',
    answer: async () => ({ live: true }),
  },
  ServerReady: {
    permission: 'public',
    response: 'ServerReadyResponse',
    answer: async (_, { inference }) => ({ ready: await inference.isReady() }),
  },
  ModelReady: {
    permission: 'system:read',
    response: 'ModelReadyResponse',
    answer: async (request, { inference }) => {
      const { name, version } = readNamed('ModelReadyRequest', request)
      return { ready: await isModelReady(inference, name, version) }
    },
  },
  ServerMetadata: {
    permission: 'system:read',
    response: 'ServerMetadataResponse',
    answer: async (_, { version }) => ({ name: 'millrace', version, extensions: grpcExtensions }),
  },
  ModelMetadata: {
    permission: 'system:read',
    response: 'ModelMetadataResponse',
    answer: async (request, { inference }) => {
      const { name, version } = readNamed('ModelMetadataRequest', request)
      return inference.modelMetadata(name, version)
    },
  },
  ModelInfer: {
    permission: 'prediction:make',
    response: 'ModelInferResponse',
    answer: async (bytes, { inference, timeoutUs }) => {
      const { request, raw } = readInferRequest(bytes)
      return inferResponse(await inference.infer(withTimeout(request, timeoutUs)), { raw })
    },
  },
  ModelConfig: {
    permission: 'system:read',
    response: 'ModelConfigResponse',
    answer: async (request, { inference }) => {
      const { name, version } = readNamed('ModelConfigRequest', request)
      return { config: configFields(modelConfig(await inference.modelMetadata(name, version))) }
    },
  },
  ModelStatistics: {
    permission: 'system:read',
    response: 'ModelStatisticsResponse',
    answer: async (request, { inference }) => {
      const { name, version } = readNamed('ModelStatisticsRequest', request)
      return { modelStats: (await inference.statistics(name || undefined, version)).map(statisticsFields) }
    },
  },
  RepositoryIndex: {
    permission: 'system:read',
    response: 'RepositoryIndexResponse',
    answer: async (request, { inference }) => {
      const { ready } = read('RepositoryIndexRequest', request) as { readonly ready: boolean }
      return { models: await inference.index({ readyOnly: ready }) }
    },
  },
  RepositoryModelLoad: {
    permission: 'system:apply',
    response: 'RepositoryModelLoadResponse',
    answer: async (request, { inference }) => {
      const message = read('RepositoryModelLoadRequest', request) as LoadMessage
      const file = fileToLoad(message)
      await inference.load(message.modelName, file && { file })
      return {}
    },
  },
  RepositoryModelUnload: {
    permission: 'system:apply',
    response: 'RepositoryModelUnloadResponse',
    answer: async (request, { inference }) => {
      const { modelName } = read('RepositoryModelUnloadRequest', request) as { readonly modelName: string }
      await inference.unload(modelName)
      return {}
    },
  },
}

/** Extensions as the server's metadata names them. */
const grpcExtensions: readonly string[] = ['model_repository', 'model_configuration', 'statistics']

function read(name: MessageName, bytes: Uint8Array): unknown {
  try {
    return decodeMessage(name, bytes)
  } catch (error) {
    throw fail('badInput', `Cannot read the request: its bytes are not a ${name}`, { cause: error })
  }
}

function readNamed(message: MessageName, bytes: Uint8Array): { readonly name: string; readonly version?: string } {
  const { name, version } = read(message, bytes) as { readonly name: string; readonly version: string }
  return version === '' ? { name } : { name, version }
}

/** A model that is not there is not ready: clients of Triton expect that answer, not an error. */
async function isModelReady(inference: Inference, name: string, version?: string): Promise<boolean> {
  try {
    return await inference.isModelReady(name, version)
  } catch (error) {
    if (isFailure(error) && error.code === 'serving/unknownModel') return false
    throw error
  }
}

/** The client waits no longer than its own deadline, whatever the request says. */
function withTimeout(request: InferRequest, timeoutUs: number | undefined): InferRequest {
  if (timeoutUs === undefined) return request
  const asked = request.parameters?.['timeout']
  const timeout = typeof asked === 'number' && asked > 0 ? Math.min(asked, timeoutUs) : timeoutUs
  return { ...request, parameters: { ...request.parameters, timeout } }
}
