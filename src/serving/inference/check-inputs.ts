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
  const byName = new Map(given.map((tensor) => [tensor.name, tensor]))
  const expected = (): string => `expected ${inputs.map((input) => specText(specOf(input))).join(', ')}`
  if (byName.size < given.length) throw fail('badInput', `Cannot run the model: an input is given twice, ${expected()}`)
  const unknown = given.find(({ name }) => !inputs.some((input) => input.name === name))
  if (unknown) throw fail('badInput', `Cannot run the model: it has no input '${unknown.name}', ${expected()}`)
  return inputs.map((input) => {
    const spec = specOf(input)
    const tensor = byName.get(input.name)
    if (!tensor) throw fail('badInput', `Cannot run the model: input '${input.name}' is missing, ${expected()}`)
    if (tensor.datatype !== spec.datatype)
      throw fail(
        'badInput',
        `Cannot run the model: input '${input.name}' is ${tensor.datatype}, expected ${spec.datatype}`,
      )
    if (!fits(tensor.shape, spec.shape))
      throw fail(
        'badInput',
        `Cannot run the model: input '${input.name}' has the shape [${tensor.shape.join(', ')}], expected [${spec.shape.join(', ')}]`,
      )
    return { type: datatypes[tensor.datatype].ort, shape: tensor.shape, data: tensor.data }
  })
}

const fits = (shape: readonly number[], wanted: readonly number[]): boolean =>
  shape.length === wanted.length && shape.every((dim, place) => wanted[place] === -1 || wanted[place] === dim)

const specText = ({ name, datatype, shape }: TensorSpec): string => `'${name}' ${datatype} [${shape.join(', ')}]`
