import type { GraphTensor, GraphValue } from '#model'
import { fail } from '../failures.ts'
import { datatypeOfOrt, datatypes } from './datatypes.ts'
import type { TensorSpec, TensorValue } from './schema.ts'

/** An input or output of a graph in the words of the protocol. */
export const specOf = ({ name, type, shape }: GraphValue): TensorSpec => ({
  name,
  datatype: datatypeOfOrt(type) as TensorSpec['datatype'],
  shape,
})

/**
 * Holds the inputs of a request against those of a graph.
 * @returns them in the form and the order of the graph
 * @throws {Failure} `serving/badInput` for an input that is missing, unknown, there twice, or of another type or shape
 */
export function checkInputs(inputs: readonly GraphValue[], given: readonly TensorValue[]): readonly GraphTensor[] {
  return checkTensors(inputs.map(specOf), given).map(({ datatype, shape, data }) => ({
    type: datatypes[datatype].ort,
    shape,
    data,
  }))
}

/**
 * Holds the inputs of a request against what a model takes.
 * @returns them in the order of the model
 * @throws {Failure} `serving/badInput` for an input that is missing, unknown, there twice, or of another type or shape
 */
export function checkTensors(specs: readonly TensorSpec[], given: readonly TensorValue[]): readonly TensorValue[] {
  const byName = new Map(given.map((tensor) => [tensor.name, tensor]))
  const wrong = (state: string) => fail('badInput', `Cannot run the model: ${state}`)
  const expected = (): string => `expected ${specs.map(specText).join(', ')}`
  if (byName.size < given.length) throw wrong(`an input is given twice, ${expected()}`)
  const unknown = given.find(({ name }) => !specs.some((spec) => spec.name === name))
  if (unknown) throw wrong(`it has no input '${unknown.name}', ${expected()}`)
  return specs.map((spec) => {
    const tensor = byName.get(spec.name)
    if (!tensor) throw wrong(`input '${spec.name}' is missing, ${expected()}`)
    if (tensor.datatype !== spec.datatype)
      throw wrong(`input '${spec.name}' is ${tensor.datatype}, expected ${spec.datatype}`)
    if (!fits(tensor.shape, spec.shape))
      throw wrong(
        `input '${spec.name}' has the shape [${tensor.shape.join(', ')}], expected [${spec.shape.join(', ')}]`,
      )
    return tensor
  })
}

const fits = (shape: readonly number[], wanted: readonly number[]): boolean =>
  shape.length === wanted.length && shape.every((dim, place) => wanted[place] === -1 || wanted[place] === dim)

const specText = ({ name, datatype, shape }: TensorSpec): string => `'${name}' ${datatype} [${shape.join(', ')}]`
