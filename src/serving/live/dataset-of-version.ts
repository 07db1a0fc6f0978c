import type { Dataset } from '#dataset'
import type { Workspace } from '#platform'
import type { ModelVersion } from '#registry'
import { fail } from '../failures.ts'

/**
 * The dataset that makes the inputs of a version's requests: the newest of its system that asks the same as the one it
 * learned from, since that one knows the latest values of the histories.
 * @throws {Failure} `serving/noDataset`
 */
export async function datasetOfVersion(workspace: Workspace, version: ModelVersion): Promise<Dataset> {
  // Loaded with the first version to be asked: a server starts without what makes datasets.
  const { datasetById, latestDataset } = await import('#dataset')
  const { datasetId } = version.lineage
  const learned = datasetId === undefined ? null : await datasetById(workspace, datasetId)
  const newest = await latestDataset(workspace, version.system)
  const found = newest && (!learned || asksTheSame(newest, learned)) ? newest : learned
  if (found) return found
  throw fail('noDataset', `Cannot serve version ${version.number} of '${version.system}': its dataset is gone`)
}

function asksTheSame(one: Dataset, other: Dataset): boolean {
  const question = ({ sql, inputs, entity, time, target }: Dataset): string =>
    JSON.stringify([sql, inputs, entity, time, target])
  return question(one) === question(other)
}
