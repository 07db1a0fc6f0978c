import type { Migration } from '#platform'

/** Inspections of snapshots and quarantined rows. */
export const inspections: Migration = {
  name: 'quality/0002-inspections',
  up: async (database) => {
    await database.schema
      .createTable('quality_inspections')
      .addColumn('snapshot', 'text', (column) => column.notNull())
      .addColumn('checks_hash', 'text', (column) => column.notNull())
      .addColumn('system', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('snapshot_number', 'integer', (column) => column.notNull())
      .addColumn('results', 'text', (column) => column.notNull())
      .addColumn('kept', 'text', (column) => column.notNull())
      .addColumn('quarantined', 'integer', (column) => column.notNull())
      .addColumn('stopped', 'integer', (column) => column.notNull())
      .addColumn('at_ms', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('quality_inspections_once', ['snapshot', 'checks_hash'])
      .execute()
    await database.schema
      .createTable('quality_quarantines')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('system', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('snapshot', 'text', (column) => column.notNull())
      .addColumn('rows', 'integer', (column) => column.notNull())
      .addColumn('reasons', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'integer', (column) => column.notNull())
      .execute()
  },
}
