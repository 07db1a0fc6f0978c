import type { Dataset } from '#dataset'
import type { PartitionSpec } from '#system'
import { fail } from '../failures.ts'
import type { RowSlice } from '../learning-rows.ts'
import { ownSegments } from './segment-rows.ts'

/**
 * Holds that the rows can be cut into segments.
 * @throws {Failure} `loop/noPartitionColumn` when no input of the dataset has that name, `loop/partitionNotText`,
 *   `loop/tooManySegments`
 */
export function checkPartition(
  partition: PartitionSpec,
  { dataset, learned }: { readonly dataset: Dataset; readonly learned: RowSlice },
): void {
  const { by, maxSegments, minRows } = partition
  const attempt = `Cannot train '${dataset.system}' by '${by}'`
  const input = dataset.inputs.find(({ name }) => name === by)
  if (!input) {
    const isColumn = dataset.columns.some(({ name }) => name === by)
    const names = dataset.inputs.map(({ name }) => `'${name}'`).join(', ')
    throw fail(
      'noPartitionColumn',
      `${attempt}: ${isColumn ? 'that column of the dataset is no input' : 'the dataset has no such column'}; its inputs are ${names}`,
      { details: { column: by } },
    )
  }
  if (input.type !== 'categorical' && input.type !== 'text')
    throw fail('partitionNotText', `${attempt}: the column is ${input.type}, a segment is named by a text`, {
      remedy: `Cast it in the SQL of the dataset: cast(${by} as varchar) as ${by}`,
      details: { column: by, type: input.type },
    })
  const segments = ownSegments(learned, partition).size
  if (segments > maxSegments)
    throw fail(
      'tooManySegments',
      `${attempt}: ${segments} segments have ${minRows} rows or more, at most ${maxSegments} models are made`,
      { details: { segments, maxSegments, minRows } },
    )
}
