import { sql } from 'kysely'
import type { Migration } from '#platform'

/** The project that a registered model belongs to, with its versions: within one, a name is free or taken. */
export const projectsMigration: Migration = {
  name: 'registry/0004-projects',
  up: async (database) => {
    await database.schema
      .alterTable('registry_models')
      .addColumn('project', 'text', (column) => column.notNull().defaultTo('default'))
      .execute()
    await database.schema.dropIndex('registry_models_by_name').execute()
    await sql`create unique index registry_models_by_name on registry_models (project, name) where state = 'active'`.execute(
      database,
    )
  },
}
