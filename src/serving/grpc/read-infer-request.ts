import { isFailure } from '#platform'
import { fail } from '../failures.ts'
import { datatypeNamed } from '../inference/datatypes.ts'
import { decodeRaw } from '../inference/raw-tensor.ts'
import type { InferRequest, TensorSpec, TensorValue } from '../inference/schema.ts'
import { readInferMessage, type InferMessage, type InputMessage, type ParameterMessages } from './infer-message.ts'
import { readParameters } from './parameters.ts'
import { decodeTyped } from './typed-contents.ts'

/** A request for inference, and the form that its answer must have. */
export interface ReadInferRequest {
  readonly request: InferRequest
  /** Whether its tensors were raw bytes: then those of the answer are. */
  readonly raw: boolean
}

/**
 * Reads the bytes of a `ModelInferRequest`.
 * @throws {Failure} `serving/badInput` where they are not one, or say what cannot be
 */
export function readInferRequest(bytes: Uint8Array): ReadInferRequest {
  try {
    const message = readInferMessage(bytes)
    return { request: requestOf(message), raw: message.rawInputContents.length > 0 }
  } catch (error) {
    if (isFailure(error)) throw error
    throw fail('badInput', 'Cannot read the request: its bytes are not a ModelInferRequest', { cause: error })
  }
}

function requestOf(message: InferMessage): InferRequest {
  const { modelName, modelVersion, id, inputs, outputs } = message
  for (const input of inputs) refuseExtensions(`input '${input.name}'`, input.parameters)
  for (const output of outputs) refuseExtensions(`output '${output.name}'`, output.parameters)
  return {
    model: modelName,
    ...(modelVersion === '' ? {} : { version: modelVersion }),
    ...(id === '' ? {} : { id }),
    parameters: readParameters(message.parameters),
    inputs: message.rawInputContents.length > 0 ? rawInputs(message) : inputs.map(typedInput),
    ...(outputs.length === 0 ? {} : { outputs: outputs.map(({ name }) => name) }),
  }
}

/** What would change the answer must not be passed over. */
function refuseExtensions(what: string, parameters: ParameterMessages): void {
  const extension = Object.keys(parameters).find(
    (name) => name.startsWith('shared_memory') || name === 'classification',
  )
  if (extension !== undefined)
    throw fail(
      'badInput',
      `Cannot read the request: ${what} has the parameter '${extension}', an extension that is not served`,
    )
}

function rawInputs({ inputs, rawInputContents }: InferMessage): readonly TensorValue[] {
  const typed = inputs.find(({ contents }) => contents !== undefined)
  if (typed)
    throw fail(
      'badInput',
      `Cannot read the request: input '${typed.name}' has contents, and raw_input_contents are there too`,
      {
        remedy: 'Send all inputs in raw_input_contents, or each in its own contents',
      },
    )
  if (inputs.length !== rawInputContents.length)
    throw fail(
      'badInput',
      `Cannot read the request: it has ${inputs.length} inputs, but ${rawInputContents.length} raw_input_contents`,
    )
  return inputs.map((input, k) => decodeRaw(specOf(input), rawInputContents[k] as Uint8Array))
}

const typedInput = (input: InputMessage): TensorValue => decodeTyped(specOf(input), input.contents ?? noBytes)

const noBytes = Buffer.alloc(0)

const specOf = ({ name, datatype, shape }: InputMessage): TensorSpec => ({
  name,
  datatype: datatypeNamed(datatype, name),
  shape,
})
