import { listed } from '#platform'
import type { Models, RegisteredModelRow } from './tables.ts'

/** A tag of a model or version. */
export interface Tag {
  readonly name: string
  readonly value: string
}

/** @returns its number */
export async function insertModel(tables: Models, row: Omit<RegisteredModelRow, 'number'>): Promise<number> {
  const query = tables.insertInto('registry_models').values(row as RegisteredModelRow)
  return (await query.returning('number').executeTakeFirstOrThrow()).number
}

export const updateModel = (tables: Models, number: number, change: Partial<RegisteredModelRow>) =>
  tables.updateTable('registry_models').set(change).where('number', '=', number).execute()

/** A registered model as a request names it: by its name, within a project. */
export interface ModelName {
  readonly project: string
  readonly name: string
}

/** The model of a name that was not deleted. */
export const modelByName = (tables: Models, { project, name }: ModelName): Promise<RegisteredModelRow | undefined> =>
  tables
    .selectFrom('registry_models')
    .selectAll()
    .where('project', '=', project)
    .where('name', '=', name)
    .where('state', '=', 'active')
    .executeTakeFirst()

export const modelTags = (tables: Models, models: readonly number[]) =>
  tables
    .selectFrom('registry_model_tags')
    .selectAll()
    .where('model', 'in', listed(models))
    .orderBy('model')
    .orderBy('name')
    .execute()

export const putModelTag = (tables: Models, model: number, tag: Tag) =>
  tables
    .insertInto('registry_model_tags')
    .values({ model, ...tag })
    .onConflict((conflict) => conflict.columns(['model', 'name']).doUpdateSet({ value: tag.value }))
    .execute()

export const deleteModelTag = (tables: Models, model: number, name: string) =>
  tables.deleteFrom('registry_model_tags').where('model', '=', model).where('name', '=', name).execute()

export const modelAliases = (tables: Models, models: readonly number[]) =>
  tables
    .selectFrom('registry_model_aliases')
    .selectAll()
    .where('model', 'in', listed(models))
    .orderBy('model')
    .orderBy('alias')
    .execute()

export const putAlias = (
  tables: Models,
  row: { readonly model: number; readonly alias: string; readonly version: number },
) =>
  tables
    .insertInto('registry_model_aliases')
    .values(row)
    .onConflict((conflict) => conflict.columns(['model', 'alias']).doUpdateSet({ version: row.version }))
    .execute()

export const deleteAlias = (tables: Models, model: number, alias: string) =>
  tables.deleteFrom('registry_model_aliases').where('model', '=', model).where('alias', '=', alias).execute()

/** The number of the version that bears an alias. */
export async function versionOfAlias(tables: Models, model: number, alias: string): Promise<number | undefined> {
  const query = tables.selectFrom('registry_model_aliases').select('version').where('model', '=', model)
  return (await query.where('alias', '=', alias).executeTakeFirst())?.version
}
