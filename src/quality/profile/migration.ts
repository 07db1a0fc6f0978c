import type { Migration } from '#platform'

/** Profiles by scope, column and window; binnings once, by the hash of their content. */
export const profiles: Migration = {
  name: 'quality/0001-profiles',
  up: async ({ schema }) => {
    await schema
      .createTable('quality_binnings')
      .addColumn('digest', 'text', (column) => column.primaryKey())
      .addColumn('binning', 'text', (column) => column.notNull())
      .execute()
    await schema
      .createTable('quality_scope_binnings')
      .addColumn('system', 'text', (column) => column.notNull())
      .addColumn('scope', 'text', (column) => column.notNull())
      .addColumn('place', 'integer', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull().references('quality_binnings.digest'))
      .addPrimaryKeyConstraint('quality_scope_binnings_key', ['system', 'scope', 'place'])
      .execute()
    await schema
      .createTable('quality_profiles')
      .addColumn('system', 'text', (column) => column.notNull())
      .addColumn('scope', 'text', (column) => column.notNull())
      .addColumn('column_name', 'text', (column) => column.notNull())
      .addColumn('start_ms', 'bigint', (column) => column.notNull())
      .addColumn('end_ms', 'bigint', (column) => column.notNull())
      .addColumn('binning_digest', 'text', (column) => column.notNull().references('quality_binnings.digest'))
      .addColumn('statistics', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('quality_profiles_key', ['system', 'scope', 'column_name', 'start_ms', 'end_ms'])
      .execute()
  },
}
