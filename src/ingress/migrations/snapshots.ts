import type { Migration } from '#platform'

/** Snapshots and the files that they were taken from. */
export const snapshots: Migration = {
  name: 'ingress/0001-snapshots',
  up: async (database) => {
    await database.schema
      .createTable('ingress_snapshots')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('system', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('number', 'integer', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('rows', 'integer', (column) => column.notNull())
      .addColumn('columns', 'text', (column) => column.notNull())
      .addColumn('changes', 'text', (column) => column.notNull())
      .addColumn('shape', 'text', (column) => column.notNull())
      .addColumn('min_time_us', 'integer')
      .addColumn('max_time_us', 'integer')
      .addColumn('pulled_at_ms', 'integer', (column) => column.notNull())
      .addColumn('quarantined', 'integer', (column) => column.notNull())
      .addColumn('quarantine_digest', 'text')
      .addUniqueConstraint('ingress_snapshots_number', ['system', 'source', 'number'])
      .execute()
    await database.schema
      .createTable('ingress_files')
      .addColumn('snapshot_id', 'text', (column) => column.notNull())
      .addColumn('place', 'integer', (column) => column.notNull())
      .addColumn('system', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('size_bytes', 'integer', (column) => column.notNull())
      .addColumn('modified_ms', 'real', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('has_more', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('ingress_files_place', ['snapshot_id', 'place'])
      .execute()
    await database.schema
      .createIndex('ingress_files_source')
      .on('ingress_files')
      .columns(['system', 'source', 'path'])
      .execute()
  },
}
