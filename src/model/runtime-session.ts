import { basename } from 'node:path'
import { env, InferenceSession, Tensor } from 'onnxruntime-node'
import { messageOf } from '#platform'
import { fail } from './failures.ts'
import type { ElementType, GraphSession, GraphTensor, GraphValue } from './graph-session.ts'
import type { SessionOptions } from './open-session.ts'
import { tensorText } from './tensor-text.ts'

/**
 * Loads an ONNX file into ONNX Runtime.
 * @param source its bytes, or the path of the file: then tensors that it keeps in files beside it are found
 * @throws {Failure} `model/unreadable`, `model/unsupportedType`
 */
export async function runtimeSession(source: Uint8Array | string, options: SessionOptions): Promise<GraphSession> {
  const session = await createSession(source, options)
  try {
    const inputs = session.inputMetadata.map(graphValue)
    const outputs = session.outputMetadata.map(graphValue)
    return {
      inputs,
      outputs,
      run: (feeds, wanted) => run(session, feeds, wanted),
      release: () => session.release(),
    }
  } catch (error) {
    await session.release()
    throw error
  }
}

/** The version of ONNX Runtime. */
export const version = env.versions.common

async function createSession(
  source: Uint8Array | string,
  { threads = 1, preparedFile }: SessionOptions,
): Promise<InferenceSession> {
  const options = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // What goes wrong is thrown; the runtime would print it as well, values of rows included.
    logSeverityLevel: 4,
    // Idle threads that spin would take the time of the other processes.
    extra: { session: { intra_op: { allow_spinning: '0' }, ...(preparedFile && keepWeights(preparedFile)) } },
    ...(preparedFile && { optimizedModelFilePath: preparedFile }),
  } as const
  try {
    return typeof source === 'string'
      ? await InferenceSession.create(source, options)
      : await InferenceSession.create(source, options)
  } catch (error) {
    // Where the store keeps a file is nobody's business who asks for it.
    const message = typeof source === 'string' ? messageOf(error).replaceAll(source, 'the file') : messageOf(error)
    throw fail('unreadable', `Cannot load the model: ${message}`, {
      cause: error,
      ...(/locale/i.test(message) && {
        remedy: 'Install the locale that the message names (its text was split by it), or train again on this machine',
      }),
    })
  }
}

/** Weights go into a file beside the graph, in the order in which the kernels read them. */
const keepWeights = (preparedFile: string) => ({
  save_external_prepacked_constant_initializers: '1',
  optimized_model_external_initializers_file_name: `${basename(preparedFile)}.weights`,
  optimized_model_external_initializers_min_size_in_bytes: '1024',
})

function graphValue(value: InferenceSession.ValueMetadata): GraphValue {
  if (!value.isTensor)
    throw fail('unsupportedType', `Cannot use the model: '${value.name}' is no tensor (a sequence, a map or optional)`)
  const type = elementTypes.find((one) => one === value.type)
  if (!type) throw fail('unsupportedType', `Cannot use the model: '${value.name}' is a tensor of ${value.type}`)
  return {
    name: value.name,
    type,
    shape: value.shape.map((dim) => (typeof dim === 'number' ? dim : -1)),
    symbols: value.shape.map((dim) => (typeof dim === 'string' && dim !== '' ? dim : null)),
  }
}

async function run(
  session: InferenceSession,
  feeds: Readonly<Record<string, GraphTensor>>,
  wanted: readonly string[],
): Promise<Readonly<Record<string, GraphTensor>>> {
  const tensors: Record<string, Tensor> = {}
  try {
    for (const name in feeds) tensors[name] = tensorOf(feeds[name] as GraphTensor)
    const found = await session.run(tensors, wanted)
    const results: Record<string, GraphTensor> = {}
    for (const name of wanted) results[name] = resultOf(found[name] as Tensor)
    return results
  } catch (error) {
    throw fail('runFailed', `Cannot run the model: ${messageOf(error)}`, { cause: error })
  }
}

function tensorOf({ type, shape, data }: GraphTensor): Tensor {
  if (type === 'string') return new Tensor('string', (data as readonly string[]).map(tensorText), shape)
  if (type === 'bool') return new Tensor('bool', data as Uint8Array, shape)
  const tensor = new Tensor(type as 'float32', data as Float32Array, shape)
  // Where the language has a Float16Array, the tensor turns the halves into one, in which the runtime's binding of
  // 1.30 sees no bytes: it must find their bits.
  if (type === 'float16') Object.defineProperty(tensor, 'data', { value: data })
  return tensor
}

function resultOf({ type, dims, data }: Tensor): GraphTensor {
  const values =
    type === 'float16'
      ? new Uint16Array((data as Uint16Array).buffer, (data as Uint16Array).byteOffset, data.length)
      : data
  return { type: type as ElementType, shape: dims, data: values }
}

const elementTypes: readonly ElementType[] = [
  'bool',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'int8',
  'int16',
  'int32',
  'int64',
  'float16',
  'float32',
  'float64',
  'string',
]
