import type { Workspace } from '#platform'
import type { Dataset, DatasetId } from '../schema.ts'
import { findDataset, listDatasets } from '../store.ts'

/** The dataset with this id; null where there is none. */
export async function datasetById(workspace: Workspace, id: DatasetId): Promise<Dataset | null> {
  return (await findDataset(workspace.database, id)) ?? null
}

/** The dataset of a system that was built last; null before the first. */
export async function latestDataset(workspace: Workspace, system: string): Promise<Dataset | null> {
  const [newest] = await listDatasets(workspace.database, { system, limit: 1 })
  return newest ?? null
}
