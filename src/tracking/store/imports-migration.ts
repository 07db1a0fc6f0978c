import type { Migration } from '#platform'

/** Which runs were brought in from elsewhere, so that those that are there whole are not asked for again. */
export const importsMigration: Migration = {
  name: 'tracking/0006-imports',
  up: ({ schema }) =>
    schema
      .createTable('tracking_imports')
      .addColumn('run', 'integer', (column) => column.primaryKey().references('tracking_runs.number'))
      .addColumn('print', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .execute(),
}
