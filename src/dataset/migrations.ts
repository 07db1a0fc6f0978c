import type { Migration } from '#platform'

/** The schema of the datasets, step by step. */
export const migrations: readonly Migration[] = [
  {
    name: 'dataset/0001-datasets',
    up: async (database) => {
      await database.schema
        .createTable('dataset_datasets')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('hash', 'text', (column) => column.notNull().unique())
        .addColumn('system', 'text', (column) => column.notNull())
        .addColumn('built_at_ms', 'integer', (column) => column.notNull())
        .addColumn('facts', 'text', (column) => column.notNull())
        .execute()
      await database.schema
        .createIndex('dataset_datasets_by_system')
        .on('dataset_datasets')
        .columns(['system', 'built_at_ms'])
        .execute()
    },
  },
]
