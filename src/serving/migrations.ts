import type { Migration } from '#platform'

/** The files of the prediction log. */
export const migrations: readonly Migration[] = [
  {
    name: 'serving/0001-log-parts',
    up: async (database) => {
      await database.schema
        .createTable('serving_log_parts')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('system', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('writer', 'text')
        .addColumn('batch_key', 'text')
        .addColumn('rows', 'bigint', (column) => column.notNull())
        .addColumn('from_ms', 'double precision')
        .addColumn('to_ms', 'double precision')
        .addColumn('first_id', 'text')
        .addColumn('last_id', 'text')
        .addColumn('changed_ms', 'bigint', (column) => column.notNull())
        .addUniqueConstraint('serving_log_parts_batch', ['system', 'batch_key'])
        .execute()
      await database.schema
        .createIndex('serving_log_parts_by_system')
        .on('serving_log_parts')
        .columns(['system', 'state'])
        .execute()
    },
  },
]
