import { sql } from 'kysely'
import type { Migration } from '#platform'
import { webhooksMigration } from './webhooks/store/webhooks-migration.ts'
import { projectsMigration } from './models/store/projects-migration.ts'
import { servicesMigration } from './models/store/services-migration.ts'

/** Versions of systems, their states and their names; models that clients register. */
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
  {
    name: 'registry/0003-registered-models',
    up: async (database) => {
      const { schema } = database
      await schema
        .createTable('registry_models')
        .addColumn('number', 'integer', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('description', 'text', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
        .execute()
      // A name is free once its model was deleted.
      await sql`create unique index registry_models_by_name on registry_models (name) where state = 'active'`.execute(
        database,
      )
      const belongs = (name: string) =>
        schema
          .createTable(name)
          .addColumn('model', 'integer', (column) => column.notNull().references('registry_models.number'))
      await belongs('registry_model_versions')
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('stage', 'text', (column) => column.notNull())
        .addColumn('description', 'text', (column) => column.notNull())
        .addColumn('source', 'text', (column) => column.notNull())
        .addColumn('storage_location', 'text', (column) => column.notNull())
        .addColumn('run_id', 'text', (column) => column.notNull())
        .addColumn('run_link', 'text', (column) => column.notNull())
        .addColumn('logged_model_id', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('status_message', 'text', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('registry_model_versions_key', ['model', 'version'])
        .execute()
      await schema
        .createIndex('registry_model_versions_by_run')
        .on('registry_model_versions')
        .columns(['run_id'])
        .execute()
      await belongs('registry_model_tags')
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('registry_model_tags_key', ['model', 'name'])
        .execute()
      await belongs('registry_model_version_tags')
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('registry_model_version_tags_key', ['model', 'version', 'name'])
        .addForeignKeyConstraint(
          'registry_model_version_tags_version',
          ['model', 'version'],
          'registry_model_versions',
          ['model', 'version'],
        )
        .execute()
      await belongs('registry_model_aliases')
        .addColumn('alias', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('registry_model_aliases_key', ['model', 'alias'])
        .addForeignKeyConstraint('registry_model_aliases_version', ['model', 'version'], 'registry_model_versions', [
          'model',
          'version',
        ])
        .execute()
    },
  },
  webhooksMigration,
  projectsMigration,
  servicesMigration,
]
