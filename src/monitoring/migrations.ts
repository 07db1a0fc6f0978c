import type { Migration } from '#platform'

/** The reports of windows, and the signals that were raised on them. */
export const migrations: readonly Migration[] = [
  {
    name: 'monitoring/0001-windows-and-signals',
    up: async (database) => {
      await database.schema
        .createTable('monitoring_windows')
        .addColumn('system', 'text', (column) => column.notNull())
        .addColumn('version_id', 'text', (column) => column.notNull())
        .addColumn('start_ms', 'bigint', (column) => column.notNull())
        .addColumn('end_ms', 'bigint', (column) => column.notNull())
        .addColumn('report', 'text', (column) => column.notNull())
        .addColumn('saved_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('monitoring_windows_key', ['system', 'start_ms', 'end_ms', 'version_id'])
        .execute()
      await database.schema
        .createTable('monitoring_signals')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('system', 'text', (column) => column.notNull())
        .addColumn('version_id', 'text', (column) => column.notNull())
        .addColumn('start_ms', 'bigint', (column) => column.notNull())
        .addColumn('end_ms', 'bigint', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('signal', 'text', (column) => column.notNull())
        .addColumn('raised_ms', 'bigint', (column) => column.notNull())
        .addUniqueConstraint('monitoring_signals_key', ['system', 'start_ms', 'end_ms', 'version_id', 'kind'])
        .execute()
    },
  },
]
