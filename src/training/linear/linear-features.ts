import { fitFeatures } from '../encode/feature-encoder.ts'
import { encodeFeatures } from '../encode/feature-matrix.ts'
import { sparseRows } from '../encode/sparse-rows.ts'
import type { SparseRow, SparseRows } from '../encode/sparse-rows.ts'
import type { TrainingData } from '../schema.ts'
import { featureOptions } from './linear-parameters.ts'
import type { LinearParameters } from './linear-parameters.ts'

/**
 * The very features that a linear or logistic model of this data is fitted to, as a sparse matrix: for another tool to
 * look at, or to fit.
 */
export async function linearFeatures(data: TrainingData, parameters: LinearParameters): Promise<SparseRows> {
  const outputs = data.task === 'multiclass' && data.target.kind === 'classes' ? data.target.classes.length : 1
  const { encoder, textRows } = await fitFeatures(data.inputs, data.table, featureOptions(parameters, outputs))
  const { dense, denseCount, coded, codedCount, sparse, width, rowCount } = encodeFeatures(
    encoder,
    data.table,
    textRows,
  )
  const rows = Array.from({ length: rowCount }, (_, row): SparseRow => {
    const ones = Array.from(coded.subarray(row * codedCount, (row + 1) * codedCount)).filter((place) => place < width)
    const [from, to] = [sparse.starts[row] as number, sparse.starts[row + 1] as number]
    return {
      places: [...Array.from({ length: denseCount }, (_, j) => j), ...ones, ...sparse.places.subarray(from, to)],
      values: [
        ...dense.subarray(row * denseCount, (row + 1) * denseCount),
        ...ones.map(() => 1),
        ...sparse.values.subarray(from, to),
      ],
    }
  })
  return sparseRows(width, rows)
}
