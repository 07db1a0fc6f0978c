import type { Database, Digest, EpochMs } from '#platform'
import type { KnownGraph } from '../engine/open-graph.ts'

/** A model file that was handed over as it is, without a system that made it. */
export interface ModelFile {
  readonly name: string
  /** 1, 2, 3 … as the one who handed it over calls it. */
  readonly version: number
  readonly digest: Digest
  readonly sizeBytes: number
  /** False once it was unloaded: then it is kept, and not served. */
  readonly isLoaded: boolean
  /** What was learned of its graph when it came; null where that was not kept. */
  readonly known: KnownGraph | null
  readonly changedMs: EpochMs
}

interface ModelRow {
  name: string
  version: number
  digest: string
  size_bytes: number
  is_loaded: number
  known: string | null
  changed_ms: number
}

const open = (database: Database) => database.withTables<{ serving_models: ModelRow }>()

/** Adds a file, or puts it in the place of the one of the same name and version. */
export async function putModel(database: Database, file: ModelFile): Promise<void> {
  const { name, version, digest, sizeBytes, isLoaded, known, changedMs } = file
  const content = {
    digest,
    size_bytes: sizeBytes,
    is_loaded: Number(isLoaded),
    known: known && JSON.stringify(known),
    changed_ms: changedMs,
  }
  await open(database)
    .insertInto('serving_models')
    .values({ name, version, ...content })
    .onConflict((conflict) => conflict.columns(['name', 'version']).doUpdateSet(content))
    .execute()
}

/** Forgets a file. */
export async function deleteModel(
  database: Database,
  { name, version }: { readonly name: string; readonly version: number },
): Promise<void> {
  await open(database).deleteFrom('serving_models').where('name', '=', name).where('version', '=', version).execute()
}

/** Says of every version of a model whether it is to be served. @returns how many versions there are */
export async function setLoaded(
  database: Database,
  { name, isLoaded, atMs }: { readonly name: string; readonly isLoaded: boolean; readonly atMs: EpochMs },
): Promise<number> {
  const result = await open(database)
    .updateTable('serving_models')
    .set({ is_loaded: Number(isLoaded), changed_ms: atMs })
    .where('name', '=', name)
    .executeTakeFirst()
  return Number(result.numUpdatedRows)
}

/** Every file, by name and version. */
export async function readModels(database: Database): Promise<readonly ModelFile[]> {
  const rows = await open(database)
    .selectFrom('serving_models')
    .selectAll()
    .orderBy('name')
    .orderBy('version')
    .execute()
  return rows.map((row) => ({
    name: row.name,
    version: row.version,
    digest: row.digest,
    sizeBytes: row.size_bytes,
    isLoaded: row.is_loaded === 1,
    known: row.known === null ? null : knownGraph(row.known),
    changedMs: row.changed_ms,
  }))
}

/** What was kept before the time of loading was says nothing of it: it is taken to be none. */
const knownGraph = (json: string): KnownGraph => ({ loadMs: 0, ...(JSON.parse(json) as Omit<KnownGraph, 'loadMs'>) })
