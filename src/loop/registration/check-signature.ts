import type { ElementType, GraphValue } from '#model'
import type { SignatureEntry } from '#registry'
import { fail } from '../failures.ts'

/** A graph, and what its client says that it takes and gives; null where that says nothing. */
export interface SignedGraph {
  readonly inputs: readonly GraphValue[]
  readonly outputs: readonly GraphValue[]
  readonly signature: {
    readonly inputs: readonly SignatureEntry[] | null
    readonly outputs: readonly SignatureEntry[] | null
  }
}

/**
 * Holds the signature of a model against its graph: tensors by name, or one without a name against the only one; columns
 * against inputs of their names, or all together against one matrix. Numbers that MLflow itself narrows or widens pass:
 * float64 for float32 and back.
 * @throws {Failure} `loop/wrongSignature` that says which differ
 */
export function checkSignature({ inputs, outputs, signature }: SignedGraph): void {
  if (signature.inputs) checkSide('input', signature.inputs, inputs)
  // Clients often write down only one of several outputs, and tables of outputs in a form of their own.
  if (signature.outputs?.every(({ type }) => type === 'tensor')) checkSide('output', signature.outputs, outputs)
}

/** Names of the columns of a signature that are given as one matrix; undefined where it names none. */
export function columnsOf(
  inputs: readonly GraphValue[],
  signed: readonly SignatureEntry[] | null,
): readonly string[] | undefined {
  const [only] = inputs
  if (!signed || !only || inputs.length > 1 || signed.some(({ name, type }) => name === undefined || type === 'tensor'))
    return undefined
  return signed.map(({ name }) => name as string)
}

function checkSide(what: 'input' | 'output', signed: readonly SignatureEntry[], values: readonly GraphValue[]): void {
  const differs = (state: string) =>
    fail(
      'wrongSignature',
      `Cannot trust the model's signature: ${state}, the graph has ${values.map(textOf).join(', ')}`,
    )
  const [only] = values
  const columns = what === 'input' && only && values.length === 1 ? columnsOf(values, signed) : undefined
  if (columns && only && !(columns.length === 1 && columns[0] === only.name)) {
    const width = only.shape[1] ?? 1
    if (only.shape.length > 2 || (width !== -1 && width !== columns.length))
      throw differs(`it has ${columns.length} columns`)
    const wrong = signed.find(({ type }) => (type === 'string') !== (only.type === 'string'))
    if (wrong) throw differs(`its column '${wrong.name}' is ${wrong.type}`)
    return
  }
  if (what === 'input' && signed.length !== values.length)
    throw differs(`it has ${signed.length} ${what}${signed.length === 1 ? '' : 's'}`)
  for (const entry of signed) {
    const isOnly = entry.name === undefined && signed.length === 1
    const found =
      isOnly && values.length > 1
        ? values.find((value) => fits(entry, value))
        : values.find(({ name }) => isOnly || name === entry.name)
    if (!found) throw differs(`its ${what} ${entryText(entry)} is none of the graph's`)
    if (!fits(entry, found)) throw differs(`its ${what} ${entryText(entry)} differs from '${found.name}'`)
  }
}

function fits({ type, dtype, shape }: SignatureEntry, value: GraphValue): boolean {
  if (!kinds(type === 'tensor' ? (dtype ?? '') : type).includes(value.type)) return false
  return (
    shape === undefined ||
    (shape.length === value.shape.length &&
      shape.every((dim, place) => dim === -1 || value.shape[place] === -1 || dim === value.shape[place]))
  )
}

/** What a type of numpy's, or of a column, can be in a graph. */
function kinds(type: string): readonly ElementType[] {
  if (/^(?:object|str\d*|string|<U\d+|U\d+)$/.test(type)) return ['string']
  if (type === 'float64' || type === 'double' || type === 'float32' || type === 'float') return ['float32', 'float64']
  if (type === 'boolean') return ['bool']
  if (type === 'integer' || type === 'long') return ['int32', 'int64']
  return [type as ElementType]
}

const textOf = ({ name, type, shape }: GraphValue): string => `'${name}' ${type} [${shape.join(', ')}]`

const entryText = ({ name, type, dtype, shape }: SignatureEntry): string =>
  [name === undefined ? '' : `'${name}'`, dtype ?? type, shape ? `[${shape.join(', ')}]` : '']
    .filter((part) => part !== '')
    .join(' ')
