import { sql } from 'kysely'
import { dialectSql, listed, type Database } from '#platform'
import type { Tag } from './registered-models.ts'
import { open, type Models, type ModelVersionRow, type Stage } from './tables.ts'

/** A version with the name of its model. */
export type NamedVersion = ModelVersionRow & { readonly name: string }

export const insertModelVersion = (tables: Models, row: ModelVersionRow) =>
  tables.insertInto('registry_model_versions').values(row).execute()

export const updateModelVersion = (
  tables: Models,
  { model, version }: Pick<ModelVersionRow, 'model' | 'version'>,
  change: Partial<ModelVersionRow>,
) =>
  tables
    .updateTable('registry_model_versions')
    .set(change)
    .where('model', '=', model)
    .where('version', '=', version)
    .execute()

/** The highest number that a model ever gave, 0 before the first: deleted versions count. */
export async function lastVersion(tables: Models, model: number): Promise<number> {
  const query = tables.selectFrom('registry_model_versions').select('version').where('model', '=', model)
  return (await query.orderBy('version', 'desc').limit(1).executeTakeFirst())?.version ?? 0
}

const activeVersions = (tables: Models) =>
  tables
    .selectFrom('registry_model_versions as version')
    .innerJoin('registry_models as model', 'model.number', 'version.model')
    .selectAll('version')
    .select('model.name')
    .where('version.state', '=', 'active')

export const versionByNumber = (tables: Models, model: number, version: number): Promise<NamedVersion | undefined> =>
  activeVersions(tables).where('version.model', '=', model).where('version.version', '=', version).executeTakeFirst()

/** All versions that a model ever had: deleted ones too. */
export const everyVersionOfModel = (tables: Models, model: number): Promise<ModelVersionRow[]> =>
  tables.selectFrom('registry_model_versions').selectAll().where('model', '=', model).orderBy('version').execute()

/** Versions that wait to be judged, the oldest first. */
export const pendingKeys = (tables: Models): Promise<Pick<ModelVersionRow, 'model' | 'version'>[]> =>
  activeVersions(tables)
    .clearSelect()
    .select(['version.model', 'version.version'])
    .where('model.state', '=', 'active')
    .where('version.status', '=', 'pending')
    .orderBy('version.created_at_ms')
    .orderBy('version.model')
    .orderBy('version.version')
    .execute()

/** The newest version of a model, whatever its status. */
export const newestOf = (tables: Models, model: number): Promise<NamedVersion | undefined> =>
  activeVersions(tables)
    .where('version.model', '=', model)
    .orderBy('version.version', 'desc')
    .limit(1)
    .executeTakeFirst()

/** All versions of a model. */
export const versionsOfModel = (tables: Models, model: number): Promise<NamedVersion[]> =>
  activeVersions(tables).where('version.model', '=', model).orderBy('version.version').execute()

/** Versions of a model in a stage. */
export const versionsInStage = (tables: Models, model: number, stage: Stage): Promise<NamedVersion[]> =>
  activeVersions(tables).where('version.model', '=', model).where('version.stage', '=', stage).execute()

/** Of some models, the newest version in each stage that is ready. */
export const newestVersions = (tables: Models, models: readonly number[]): Promise<NamedVersion[]> =>
  activeVersions(tables)
    .where(
      sql<boolean>`(version.model, version.version) in (select model, max(version) from registry_model_versions
        where state = 'active' and status = 'ready' and model in ${listed(models)} group by model, stage)`,
    )
    .orderBy('version.model')
    .orderBy('version.version')
    .execute()

export const putVersionTag = (tables: Models, of: Pick<ModelVersionRow, 'model' | 'version'>, tag: Tag) =>
  tables
    .insertInto('registry_model_version_tags')
    .values({ model: of.model, version: of.version, ...tag })
    .onConflict((conflict) => conflict.columns(['model', 'version', 'name']).doUpdateSet({ value: tag.value }))
    .execute()

export const deleteVersionTag = (tables: Models, of: Pick<ModelVersionRow, 'model' | 'version'>, name: string) =>
  tables
    .deleteFrom('registry_model_version_tags')
    .where('model', '=', of.model)
    .where('version', '=', of.version)
    .where('name', '=', name)
    .execute()

/** Tags of some versions, by name. */
export async function versionTags(tables: Models, versions: readonly NamedVersion[]) {
  const wanted = JSON.stringify(versions.map(({ model, version }) => [model, version]))
  return tables
    .selectFrom('registry_model_version_tags')
    .selectAll()
    .where(
      dialectSql<boolean>({
        sqlite: sql`(model, version) in (select value ->> 0, value ->> 1 from json_each(${wanted}))`,
        postgres: sql`(model, version) in (select (value ->> 0)::bigint, (value ->> 1)::bigint
          from json_array_elements(cast(${wanted} as text)::json))`,
      }),
    )
    .orderBy('model')
    .orderBy('version')
    .orderBy('name')
    .execute()
}

export const dropAliasesOf = (tables: Models, { model, version }: Pick<ModelVersionRow, 'model' | 'version'>) =>
  tables.deleteFrom('registry_model_aliases').where('model', '=', model).where('version', '=', version).execute()

/** Where the files of all versions are that were not deleted. */
export async function locationsOfVersions(database: Database): Promise<readonly string[]> {
  const query = open(database)
    .selectFrom('registry_model_versions as version')
    .innerJoin('registry_models as model', 'model.number', 'version.model')
    .select('version.storage_location')
  const rows = await query
    .distinct()
    .where('version.state', '=', 'active')
    .where('model.state', '=', 'active')
    .execute()
  return rows.map(({ storage_location }) => storage_location)
}
