import type { Field, FieldType } from '#model'
import type { Binning } from '../schema.ts'

/**
 * The binning of a field.
 * @throws RangeError when there is none, or when it counts a number by values
 */
export function binningOf(binnings: readonly Binning[], { name, type }: Field): Binning {
  const binning = binnings.find(({ column }) => column === name)
  if (!binning) throw new RangeError(`Cannot profile '${name}': it has no binning`)
  if (binning.kind === 'values' && !isText(type))
    throw new RangeError(`Cannot profile '${name}': its binning counts text values, the column is ${type}`)
  return binning
}

/** Types whose values are text: counted by value, or by length in characters. */
export const isText = (type: FieldType): boolean => type === 'categorical' || type === 'text'
