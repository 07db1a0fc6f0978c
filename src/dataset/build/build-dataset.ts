import { rm } from 'node:fs/promises'
import type { Workspace } from '#platform'
import type { Dataset } from '../schema.ts'
import { dropDataset, findDatasetByHash, keepDataset } from '../store.ts'
import { dataWarnings } from './data-warnings.ts'
import { datasetHash } from './dataset-identity.ts'
import { makeDataset, type BuildOptions } from './make-dataset.ts'

/**
 * Builds the table that a system learns from: the rows of its SQL in order of time, each with the point-in-time columns
 * of its histories, as one Parquet blob. The same question is answered by the same dataset, without computing it again.
 *
 * @throws {Failure} `dataset/badSql`, `notOneSelect`, `unknownTable`, `readsFiles`, `sqlFailed`, `unknownColumn`,
 * `unreadableSource`,
 * `duplicateColumn`, `reservedColumn`, `badType`, `noInputs`, `targetIsInput`, `historyNeedsTime`, `emptyDataset`,
 * `noTarget`, `oneClass`, `badClasses` or `badWeight`
 */
export async function buildDataset(workspace: Workspace, { system, sources }: BuildOptions): Promise<Dataset> {
  const { database, blobs } = workspace
  const hash = datasetHash(system, sources)
  const built = await findDatasetByHash(database, hash)
  if (built) {
    if (await isWhole(workspace, built)) return built
    await dropDataset(database, built.id)
  }
  const file = blobs.scratchPath('parquet')
  try {
    const dataset = await workspace.lake.session((session) =>
      makeDataset(workspace, { session, system, sources, hash, file }),
    )
    const warnings = [...dataset.warnings, ...(await dataWarnings(workspace, dataset))]
    return await keepDataset(database, { ...dataset, warnings })
  } finally {
    await rm(file, { force: true })
  }
}

async function isWhole({ blobs }: Workspace, dataset: Dataset): Promise<boolean> {
  const digests = [
    dataset.digest,
    ...dataset.history.map((history) => history.digest),
    ...dataset.columns.flatMap((column) => column.dictionary ?? []),
  ]
  const held = await Promise.all(digests.map((digest) => blobs.has(digest)))
  return held.every(Boolean)
}
