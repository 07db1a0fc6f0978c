import type { Migration } from '#platform'
import { foreignRunsMigration } from './store/foreign-runs-migration.ts'
import { deletionsMigration } from './store/deletions-migration.ts'
import { projectsMigration } from './store/projects-migration.ts'
import { filesMigration } from './store/files-migration.ts'
import { uploadsMigration } from './store/uploads-migration.ts'
import { importsMigration } from './store/imports-migration.ts'

/** Experiments and runs. */
export const migrations: readonly Migration[] = [
  {
    name: 'tracking/0001-runs',
    up: async ({ schema }) => {
      await schema
        .createTable('tracking_experiments')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('system', 'text', (column) => column.notNull().unique())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .execute()
      await schema
        .createTable('tracking_runs')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('run_key', 'text', (column) => column.notNull().unique())
        .addColumn('experiment', 'text', (column) => column.notNull().references('tracking_experiments.id'))
        .addColumn('system', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('attempt', 'integer', (column) => column.notNull())
        .addColumn('system_hash', 'text', (column) => column.notNull())
        .addColumn('data_hash', 'text', (column) => column.notNull())
        .addColumn('commit_hash', 'text')
        .addColumn('dirty', 'integer', (column) => column.notNull())
        .addColumn('seed', 'bigint', (column) => column.notNull())
        .addColumn('environment', 'text', (column) => column.notNull())
        .addColumn('facts', 'text', (column) => column.notNull())
        .addColumn('started_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('finished_at_ms', 'bigint')
        .addColumn('failure', 'text')
        .addColumn('owner', 'text', (column) => column.notNull())
        .execute()
      await schema
        .createIndex('tracking_runs_by_system')
        .on('tracking_runs')
        .columns(['system', 'started_at_ms'])
        .execute()
      await schema.createIndex('tracking_runs_by_status').on('tracking_runs').column('status').execute()
      const belongs = (name: string) =>
        schema
          .createTable(name)
          .addColumn('run_id', 'text', (column) => column.notNull().references('tracking_runs.id'))
      await belongs('tracking_params')
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('tracking_params_key', ['run_id', 'name'])
        .execute()
      await belongs('tracking_metrics')
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('step', 'integer', (column) => column.notNull())
        .addColumn('value', 'double precision', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('tracking_metrics_key', ['run_id', 'name', 'step'])
        .execute()
      await belongs('tracking_artifacts')
        .addColumn('path', 'text', (column) => column.notNull())
        .addColumn('digest', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('tracking_artifacts_key', ['run_id', 'path'])
        .execute()
    },
  },
  foreignRunsMigration,
  filesMigration,
  {
    name: 'tracking/0004-logged-models',
    up: async ({ schema }) => {
      await schema
        .createTable('tracking_logged_models')
        .addColumn('number', 'integer', (column) => column.primaryKey())
        .addColumn('id', 'text', (column) => column.notNull().unique())
        .addColumn('experiment', 'integer', (column) => column.notNull().references('tracking_experiments.number'))
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('artifact_location', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('model_type', 'text', (column) => column.notNull())
        .addColumn('source_run', 'text', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
        .execute()
      await schema
        .createIndex('tracking_logged_models_by_experiment')
        .on('tracking_logged_models')
        .columns(['experiment', 'state', 'created_at_ms desc', 'id'])
        .execute()
      const belongs = (name: string) =>
        schema
          .createTable(name)
          .addColumn('model', 'integer', (column) => column.notNull().references('tracking_logged_models.number'))
      for (const name of ['tags', 'params'])
        await belongs(`tracking_logged_model_${name}`)
          .addColumn('name', 'text', (column) => column.notNull())
          .addColumn('value', 'text', (column) => column.notNull())
          .addPrimaryKeyConstraint(`tracking_logged_model_${name}_by_model`, ['model', 'name'])
          .execute()
      await belongs('tracking_logged_model_metrics')
        .addColumn('metric', 'integer', (column) => column.notNull().references('tracking_keys.number'))
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('step', 'bigint', (column) => column.notNull())
        .addColumn('run', 'integer', (column) => column.notNull().references('tracking_runs.number'))
        .addColumn('value', 'double precision', (column) => column.notNull())
        .addColumn('is_nan', 'integer', (column) => column.notNull())
        .addColumn('dataset_name', 'text', (column) => column.notNull())
        .addColumn('dataset_digest', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('tracking_logged_model_metrics_key', [
          'model',
          'metric',
          'at_ms',
          'step',
          'run',
          'value',
          'is_nan',
          'dataset_name',
          'dataset_digest',
        ])
        .execute()
    },
  },
  uploadsMigration,
  projectsMigration,
  importsMigration,
  deletionsMigration,
  {
    name: 'tracking/0009-metrics-by-step',
    up: ({ schema }) =>
      schema
        .createIndex('tracking_metrics_by_step')
        .on('tracking_metrics')
        .columns(['run', 'metric', 'step'])
        .execute(),
  },
]
