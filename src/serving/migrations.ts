import type { Migration } from '#platform'

/** The files of the prediction log, and the models that were handed over as they are. */
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
  {
    name: 'serving/0002-models',
    up: async (database) => {
      await database.schema
        .createTable('serving_models')
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('version', 'bigint', (column) => column.notNull())
        .addColumn('digest', 'text', (column) => column.notNull())
        .addColumn('size_bytes', 'bigint', (column) => column.notNull())
        .addColumn('is_loaded', 'integer', (column) => column.notNull())
        .addColumn('known', 'text')
        .addColumn('changed_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('serving_models_key', ['name', 'version'])
        .execute()
    },
  },
]
