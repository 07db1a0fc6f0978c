import { InferenceSession, Tensor } from 'onnxruntime-node'
import { messageOf } from '#platform'
import { fail } from './failures.ts'
import { tensorText } from './tensor-text.ts'

/** Types of tensors that ONNX Runtime takes and gives, by its own names. */
export type ElementType =
  | 'bool'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float16'
  | 'float32'
  | 'float64'
  | 'string'

/** The values of a tensor, row-major. Halves are the bits of theirs in a Uint16Array, BOOL is 0 and 1 in a Uint8Array. */
export type ElementValues =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | readonly string[]

/** What a graph says of one of its inputs or outputs. */
export interface GraphValue {
  readonly name: string
  readonly type: ElementType
  /** −1 where a dimension varies. */
  readonly shape: readonly number[]
  /** Names of the dimensions that vary; null where one is fixed or has no name. */
  readonly symbols: readonly (string | null)[]
}

/** A tensor on its way into a graph, or out of it. */
export interface GraphTensor {
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly data: ElementValues
}

/**
 * A graph that is loaded. The adapter to ONNX Runtime for all that scores; only text in training is split without it.
 *
 * `run` blocks the thread that calls it, and so does loading: a graph that takes long belongs in a thread of its own.
 */
export interface GraphSession {
  readonly inputs: readonly GraphValue[]
  readonly outputs: readonly GraphValue[]
  /**
   * Runs the graph; numbers are read where they lie, and must not change until it returns.
   * @param feeds one tensor for each input, by name
   * @param wanted names of outputs
   * @throws {Failure} `model/runFailed`
   */
  run(
    feeds: Readonly<Record<string, GraphTensor>>,
    wanted: readonly string[],
  ): Promise<Readonly<Record<string, GraphTensor>>>
  release(): Promise<void>
}

/**
 * Loads an ONNX file.
 * @param source its bytes, or the path of the file: then tensors that it keeps in files beside it are found
 * @param options.threads threads that one run is spread over, 1 where absent: more than the idle cores is far slower
 * @throws {Failure} `model/unreadable`, `model/unsupportedType`
 */
export async function openSession(
  source: Uint8Array | string,
  options: { readonly threads?: number } = {},
): Promise<GraphSession> {
  const session = await createSession(source, options.threads ?? 1)
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

async function createSession(source: Uint8Array | string, threads: number): Promise<InferenceSession> {
  const options = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // What goes wrong is thrown; the runtime would print it as well, values of rows included.
    logSeverityLevel: 4,
    // Idle threads that spin would take the time of the other processes.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  } as const
  try {
    return typeof source === 'string'
      ? await InferenceSession.create(source, options)
      : await InferenceSession.create(source, options)
  } catch (error) {
    const message = messageOf(error)
    throw fail('unreadable', `Cannot load the model: ${message}`, {
      cause: error,
      ...(/locale/i.test(message) && {
        remedy: 'Install the locale that the message names (its text was split by it), or train again on this machine',
      }),
    })
  }
}

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
