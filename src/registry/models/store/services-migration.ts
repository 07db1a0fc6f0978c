import type { Migration } from '#platform'

/** Flavours of versions of registered models, and where the versions serve that passed. */
export const servicesMigration: Migration = {
  name: 'registry/0005-services-of-registered-models',
  up: async ({ schema }) => {
    await schema
      .alterTable('registry_model_versions')
      .addColumn('flavors', 'text', (column) => column.notNull().defaultTo(''))
      .execute()
    await schema
      .createTable('registry_model_services')
      .addColumn('model', 'integer', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('number', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('registry_model_services_key', ['model', 'version'])
      .addForeignKeyConstraint('registry_model_services_version', ['model', 'version'], 'registry_model_versions', [
        'model',
        'version',
      ])
      .execute()
    await schema
      .createIndex('registry_model_services_by_name')
      .on('registry_model_services')
      .columns(['kind', 'name', 'number'])
      .execute()
  },
}
