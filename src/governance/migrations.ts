import type { Migration } from '#platform'
import { tokensMigration } from './tokens/store/tokens-migration.ts'

/** The decision log, and tokens. */
export const migrations: readonly Migration[] = [
  {
    name: 'governance/0001-decisions',
    up: async (database) => {
      await database.schema
        .createTable('governance_decisions')
        .addColumn('sequence', 'integer', (column) => column.primaryKey())
        .addColumn('id', 'text', (column) => column.notNull().unique())
        .addColumn('decision_key', 'text', (column) => column.notNull().unique())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('system', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('ruling', 'text', (column) => column.notNull())
        .addColumn('policy', 'text')
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('evidence', 'text', (column) => column.notNull())
        .addColumn('previous_hash', 'text', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull())
        .execute()
      await database.schema
        .createIndex('governance_decisions_by_system')
        .on('governance_decisions')
        .columns(['system', 'sequence'])
        .execute()
    },
  },
  tokensMigration,
]
