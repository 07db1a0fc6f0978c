import type { ElementType, GraphSession, GraphValue } from '#model'

/** One input of a model whose requests can share a run. */
export interface RowInput {
  readonly name: string
  readonly type: ElementType
  /** Dimensions of one row. */
  readonly rowShape: readonly number[]
  /** Values of one row. */
  readonly rowSize: number
}

/** How rows of several requests lie side by side in one run: along the first dimension of every tensor. */
export interface RowLayout {
  readonly inputs: readonly RowInput[]
}

/**
 * The layout of a graph whose tensors all vary in their first dimension and in no other.
 * @returns null where the rows of two requests cannot share a run
 */
export function rowLayout({ inputs, outputs }: Pick<GraphSession, 'inputs' | 'outputs'>): RowLayout | null {
  const isRowWise = inputs.length > 0 && inputs.every(variesFirst) && outputs.every(({ shape }) => shape[0] === -1)
  if (!isRowWise) return null
  return {
    inputs: inputs.map(({ name, type, shape }) => {
      const rowShape = shape.slice(1)
      return { name, type, rowShape, rowSize: rowShape.reduce((product, dim) => product * dim, 1) }
    }),
  }
}

const variesFirst = ({ shape }: GraphValue): boolean => shape[0] === -1 && shape.slice(1).every((dim) => dim > 0)
