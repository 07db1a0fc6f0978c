/** What a server says of a model. */
export interface LoadedModel {
  readonly name: string
  readonly versions: readonly string[]
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
}

interface Tensor {
  readonly name: string
  readonly datatype: string
  /** −1 where a dimension varies. */
  readonly shape: readonly number[]
}

/**
 * What a model takes and gives, and a line that asks it for one row: of zeros, which are to be replaced. A model whose
 * row is too long for a line, or has no form in JSON, is named by its address alone.
 */
export function askText(
  model: LoadedModel,
  { url, version }: { readonly url: string; readonly version: number },
): string {
  const { name, inputs, outputs, versions } = model
  const tensors = (list: readonly Tensor[]): string =>
    list.map((tensor) => `${tensor.name} ${tensor.datatype} [${tensor.shape.join(', ')}]`).join(', ')
  const newest = Math.max(...versions.map(Number))
  const path = `${url}/v2/models/${name}${version === newest ? '' : `/versions/${version}`}/infer`
  const isShort = inputs.every(({ shape, datatype }) => sizeOf(shape) <= mostValues && datatype !== 'FP16')
  const body = { inputs: inputs.map(madeUp) }
  const line = isShort ? `curl -s ${path} -d '${JSON.stringify(body).replaceAll("'", String.raw`'\''`)}'` : path
  return `  takes  ${tensors(inputs)}\n  gives  ${tensors(outputs)}\n\nAsk it:\n\n  ${line}`
}

function madeUp({ name, datatype, shape }: Tensor) {
  const value = datatype === 'BYTES' ? '' : datatype === 'BOOL' ? false : 0
  return { name, datatype, shape: shape.map(oneOf), data: Array.from({ length: sizeOf(shape) }, () => value) }
}

const oneOf = (dim: number): number => (dim === -1 ? 1 : dim)
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, dim) => product * oneOf(dim), 1)

/** Values of an input that still stand on a line. */
const mostValues = 64
