import type { Database } from '#platform'
import type { Dataset, DatasetId } from './schema.ts'

interface Row {
  id: string
  hash: string
  system: string
  built_at_ms: number
  /** The whole dataset as JSON. */
  facts: string
}

const open = (database: Database) => database.withTables<{ dataset_datasets: Row }>()

/** The dataset with this id. */
export async function findDataset(database: Database, id: DatasetId): Promise<Dataset | undefined> {
  const row = await open(database)
    .selectFrom('dataset_datasets')
    .select('facts')
    .where('id', '=', id)
    .executeTakeFirst()
  return row && datasetOf(row)
}

/** The dataset that answers this question. */
export async function findDatasetByHash(database: Database, hash: string): Promise<Dataset | undefined> {
  const row = await open(database)
    .selectFrom('dataset_datasets')
    .select('facts')
    .where('hash', '=', hash)
    .executeTakeFirst()
  return row && datasetOf(row)
}

/** The datasets of a system, the newest first. */
export async function listDatasets(
  database: Database,
  { system, limit }: { system: string; limit: number },
): Promise<Dataset[]> {
  const rows = await open(database)
    .selectFrom('dataset_datasets')
    .select('facts')
    .where('system', '=', system)
    .orderBy('built_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(datasetOf)
}

/** Keeps a dataset, and gives back the one that holds its hash: where two were built at once, the first stays. */
export async function keepDataset(database: Database, dataset: Dataset): Promise<Dataset> {
  const { id, hash, system, builtAtMs } = dataset
  await open(database)
    .insertInto('dataset_datasets')
    .values({ id, hash, system, built_at_ms: builtAtMs, facts: JSON.stringify(dataset) })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute()
  return (await findDatasetByHash(database, hash)) ?? dataset
}

/** Forgets a dataset whose bytes are gone, so that it can be built again. */
export async function dropDataset(database: Database, id: DatasetId): Promise<void> {
  await open(database).deleteFrom('dataset_datasets').where('id', '=', id).execute()
}

const datasetOf = (row: Pick<Row, 'facts'>): Dataset => JSON.parse(row.facts) as Dataset
