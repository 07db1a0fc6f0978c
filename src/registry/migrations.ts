import type { Migration } from '#platform'

/** Versions, their states and their names. */
export const migrations: readonly Migration[] = [
  {
    name: 'registry/0001-versions',
    up: async ({ schema }) => {
      await schema
        .createTable('registry_versions')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('system', 'text', (column) => column.notNull())
        .addColumn('number', 'integer', (column) => column.notNull())
        .addColumn('run_id', 'text', (column) => column.notNull().unique())
        .addColumn('candidate', 'text', (column) => column.notNull())
        .addColumn('onnx_digest', 'text', (column) => column.notNull())
        .addColumn('signature', 'text', (column) => column.notNull())
        .addColumn('evaluation', 'text', (column) => column.notNull())
        .addColumn('threshold', 'double precision')
        .addColumn('lineage', 'text', (column) => column.notNull())
        .addColumn('gates', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('registered_at_ms', 'bigint', (column) => column.notNull())
        .addUniqueConstraint('registry_versions_number', ['system', 'number'])
        .execute()
      await schema
        .createTable('registry_states')
        .addColumn('version_id', 'text', (column) => column.notNull().references('registry_versions.id'))
        .addColumn('sequence', 'integer', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('registry_states_key', ['version_id', 'sequence'])
        .execute()
      await schema
        .createTable('registry_aliases')
        .addColumn('system', 'text', (column) => column.notNull())
        .addColumn('alias', 'text', (column) => column.notNull())
        .addColumn('sequence', 'integer', (column) => column.notNull())
        .addColumn('change_key', 'text', (column) => column.unique())
        .addColumn('version_id', 'text', (column) => column.references('registry_versions.id'))
        .addColumn('number', 'integer')
        .addColumn('from_number', 'integer')
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('registry_aliases_key', ['system', 'alias', 'sequence'])
        .execute()
    },
  },
  {
    name: 'registry/0002-partitions',
    up: async ({ schema }) => {
      await schema.alterTable('registry_versions').addColumn('partition', 'text').execute()
    },
  },
]
