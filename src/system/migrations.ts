import type { Migration } from '#platform'

/** The applied versions. */
export const migrations: readonly Migration[] = [
  {
    name: 'system/0001-versions',
    up: async (database) => {
      await database.schema
        .createTable('system_versions')
        .addColumn('system', 'text', (column) => column.notNull())
        .addColumn('number', 'integer', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull())
        .addColumn('spec', 'text', (column) => column.notNull())
        .addColumn('base_folder', 'text', (column) => column.notNull())
        .addColumn('commit_hash', 'text')
        .addColumn('dirty', 'integer', (column) => column.notNull())
        .addColumn('applied_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('applied_by', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('system_versions_key', ['system', 'number'])
        .execute()
    },
  },
]
