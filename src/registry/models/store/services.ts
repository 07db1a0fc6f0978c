import type { ModelService, Models, ModelVersionRow } from './tables.ts'

/** Notes where a version serves. */
export const putService = (tables: Models, service: ModelService) =>
  tables
    .insertInto('registry_model_services')
    .values(service)
    .onConflict((conflict) => conflict.columns(['model', 'version']).doUpdateSet(service))
    .execute()

export const dropService = (tables: Models, { model, version }: Pick<ModelVersionRow, 'model' | 'version'>) =>
  tables.deleteFrom('registry_model_services').where('model', '=', model).where('version', '=', version).execute()

/** Where versions of a model serve, or one of them. */
export function servicesOf(tables: Models, model: number, version?: number): Promise<ModelService[]> {
  const query = tables.selectFrom('registry_model_services').selectAll().where('model', '=', model)
  return (version === undefined ? query : query.where('version', '=', version)).orderBy('version').execute()
}

/** Where versions serve that were deleted, themselves or with their model. */
export const servicesOfDeleted = (tables: Models): Promise<ModelService[]> =>
  tables
    .selectFrom('registry_model_services as service')
    .innerJoin('registry_models as model', 'model.number', 'service.model')
    .innerJoin('registry_model_versions as version', (join) =>
      join.onRef('version.model', '=', 'service.model').onRef('version.version', '=', 'service.version'),
    )
    .selectAll('service')
    .where((be) => be.or([be('model.state', '=', 'deleted'), be('version.state', '=', 'deleted')]))
    .execute()

/** The registered version that a model file comes from. */
export const serviceNamed = (
  tables: Models,
  { kind, name, number }: Pick<ModelService, 'kind' | 'name' | 'number'>,
): Promise<ModelService | undefined> =>
  tables
    .selectFrom('registry_model_services')
    .selectAll()
    .where('kind', '=', kind)
    .where('name', '=', name)
    .where('number', '=', number)
    .executeTakeFirst()
