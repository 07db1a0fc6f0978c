import type { Migration } from '#platform'

/** Files that clients send in parts, until they are put together. */
export const uploadsMigration: Migration = {
  name: 'tracking/0005-uploads',
  up: async ({ schema }) => {
    await schema
      .createTable('tracking_uploads')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('project', 'text', (column) => column.notNull())
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('part_count', 'integer', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('until_ms', 'bigint', (column) => column.notNull())
      .execute()
    await schema.createIndex('tracking_uploads_by_end').on('tracking_uploads').column('until_ms').execute()
    await schema
      .createTable('tracking_upload_parts')
      .addColumn('upload', 'text', (column) => column.notNull().references('tracking_uploads.id'))
      .addColumn('part', 'integer', (column) => column.notNull())
      .addColumn('file', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('size_bytes', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('tracking_upload_parts_key', ['upload', 'part'])
      .execute()
  },
}
