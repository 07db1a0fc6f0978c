import type { Migration } from '#platform'

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
]
