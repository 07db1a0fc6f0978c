import type { Migration } from '#platform'

/** Files that clients put into the store, by the folder that they stand in. */
export const filesMigration: Migration = {
  name: 'tracking/0003-artifacts',
  up: ({ schema }) =>
    schema
      .createTable('tracking_files')
      .addColumn('folder', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('digest', 'text')
      .addColumn('size_bytes', 'bigint')
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('tracking_files_by_folder', ['folder', 'name'])
      .execute(),
}
