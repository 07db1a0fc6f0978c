import type { Migration } from '#platform'

/** Outcomes, and the batches that they came in. */
export const migrations: readonly Migration[] = [
  {
    name: 'feedback/0001-outcomes',
    up: async (database) => {
      await database.schema
        .createTable('feedback_batches')
        .addColumn('number', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('system', 'text', (column) => column.notNull())
        .addColumn('batch_key', 'text', (column) => column.notNull())
        .addColumn('source', 'text', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('received_ms', 'bigint', (column) => column.notNull())
        .addColumn('counts', 'text', (column) => column.notNull())
        .addColumn('file', 'text')
        .addUniqueConstraint('feedback_batches_key', ['system', 'batch_key'])
        .execute()
      await database.schema
        .createTable('feedback_outcomes')
        .addColumn('batch', 'integer', (column) => column.notNull())
        .addColumn('place', 'integer', (column) => column.notNull())
        .addColumn('system', 'text', (column) => column.notNull())
        .addColumn('prediction_id', 'text', (column) => column.notNull())
        .addColumn('label', 'text')
        .addColumn('value', 'double precision')
        .addColumn('observed_ms', 'double precision', (column) => column.notNull())
        .addPrimaryKeyConstraint('feedback_outcomes_key', ['batch', 'place'])
        .execute()
      await database.schema
        .createIndex('feedback_outcomes_by_system')
        .on('feedback_outcomes')
        .columns(['system', 'batch'])
        .execute()
    },
  },
]
