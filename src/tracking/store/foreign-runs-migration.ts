import { sql } from 'kysely'
import { isPostgres, type Migration } from '#platform'

/** Tables that hold the runs of anybody, in the place of those that held the runs of systems alone. */
export const foreignRunsMigration: Migration = {
  name: 'tracking/0002-foreign-runs',
  up: async (database) => {
    const { schema } = database
    // No store on PostgreSQL is as old as that: its tables are empty, and the names of their keys are wanted again.
    const isNew = isPostgres(database)
    if (isNew) for (const name of [...oldTables].reverse()) await schema.dropTable(`tracking_${name}`).execute()
    else {
      for (const name of oldTables)
        await schema.alterTable(`tracking_${name}`).renameTo(`tracking_old_${name}`).execute()
      for (const name of ['system', 'status']) await schema.dropIndex(`tracking_runs_by_${name}`).execute()
    }
    await schema
      .createTable('tracking_experiments')
      .addColumn('number', 'integer', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('artifact_location', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('system', 'text', (column) => column.unique())
      .execute()
    await schema
      .createIndex('tracking_experiments_by_name')
      .on('tracking_experiments')
      .columns(['name', 'state'])
      .execute()
    await schema
      .createTable('tracking_experiment_tags')
      .addColumn('experiment', 'integer', (column) => column.notNull().references('tracking_experiments.number'))
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('tracking_experiment_tags_key', ['experiment', 'name'])
      .execute()
    await schema
      .createTable('tracking_runs')
      .addColumn('number', 'integer', (column) => column.primaryKey())
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('experiment', 'integer', (column) => column.notNull().references('tracking_experiments.number'))
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('user_name', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('started_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('finished_at_ms', 'bigint')
      .execute()
    await schema
      .createIndex('tracking_runs_by_experiment')
      .on('tracking_runs')
      .columns(['experiment', 'state', 'started_at_ms desc', 'id'])
      .execute()
    await schema.createIndex('tracking_runs_by_name').on('tracking_runs').columns(['experiment', 'name']).execute()
    await schema
      .createTable('tracking_origins')
      .addColumn('run', 'integer', (column) => column.primaryKey().references('tracking_runs.number'))
      .addColumn('run_key', 'text', (column) => column.notNull().unique())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .addColumn('system_hash', 'text', (column) => column.notNull())
      .addColumn('data_hash', 'text', (column) => column.notNull())
      .addColumn('commit_hash', 'text')
      .addColumn('dirty', 'integer', (column) => column.notNull())
      .addColumn('seed', 'bigint', (column) => column.notNull())
      .addColumn('environment', 'text', (column) => column.notNull())
      .addColumn('facts', 'text', (column) => column.notNull())
      .addColumn('failure', 'text')
      .addColumn('owner', 'text', (column) => column.notNull())
      .execute()
    await schema
      .createTable('tracking_keys')
      .addColumn('number', 'integer', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .execute()
    const belongs = (name: string) =>
      schema
        .createTable(name)
        .addColumn('run', 'integer', (column) => column.notNull().references('tracking_runs.number'))
    const named = (name: string) =>
      belongs(name)
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint(`${name}_by_run`, ['run', 'name'])
    await named('tracking_params').addColumn('type', 'text').execute()
    await named('tracking_tags').execute()
    const measured = (name: string) =>
      belongs(name)
        .addColumn('metric', 'integer', (column) => column.notNull().references('tracking_keys.number'))
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('step', 'bigint', (column) => column.notNull())
        .addColumn('value', 'double precision', (column) => column.notNull())
        .addColumn('is_nan', 'integer', (column) => column.notNull())
    await measured('tracking_metrics')
      .addPrimaryKeyConstraint('tracking_metrics_key', ['run', 'metric', 'at_ms', 'step', 'value', 'is_nan'])
      .execute()
    await measured('tracking_latest')
      .addColumn('experiment', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('tracking_latest_key', ['run', 'metric'])
      .execute()
    await schema
      .createIndex('tracking_latest_by_value')
      .on('tracking_latest')
      .columns(['experiment', 'metric', 'is_nan', 'value', 'run'])
      .execute()
    for (const name of ['params', 'tags'])
      await sql`create index ${sql.ref(`tracking_${name}_by_value`)} on ${sql.table(`tracking_${name}`)} (name, ${sql.raw(valueHead)}, run)`.execute(
        database,
      )
    await belongs('tracking_artifacts')
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('tracking_artifacts_by_run', ['run', 'path'])
      .execute()
    await schema
      .createTable('tracking_datasets')
      .addColumn('number', 'integer', (column) => column.primaryKey())
      .addColumn('experiment', 'integer', (column) => column.notNull().references('tracking_experiments.number'))
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('source_type', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('schema', 'text')
      .addColumn('profile', 'text')
      .addUniqueConstraint('tracking_datasets_by_name', ['experiment', 'name', 'digest'])
      .execute()
    await belongs('tracking_inputs')
      .addColumn('dataset', 'integer', (column) => column.notNull().references('tracking_datasets.number'))
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('context', 'text')
      .addColumn('tags', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('tracking_inputs_by_run', ['run', 'dataset'])
      .execute()
    await belongs('tracking_model_links')
      .addColumn('direction', 'text', (column) => column.notNull())
      .addColumn('model_id', 'text', (column) => column.notNull())
      .addColumn('step', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('tracking_model_links_by_run', ['run', 'direction', 'model_id'])
      .execute()
    for (const statement of isNew ? takeOver.slice(0, 1) : takeOver) await sql.raw(statement).execute(database)
    if (isNew) return
    for (const name of [...oldTables].reverse()) await schema.dropTable(`tracking_old_${name}`).execute()
  },
}

const oldTables = ['experiments', 'runs', 'params', 'metrics', 'artifacts']

/** What runs are found by of a long value: all of it would fill the index. */
const valueHead = 'substr(value, 1, 64)'

/** Puts what stood in the old tables into the new ones. */
const takeOver = [
  `insert into tracking_experiments (number, name, artifact_location, state, created_at_ms, updated_at_ms, system)
     values (0, 'Default', 'mlflow-artifacts:/0', 'active', 0, 0, null)`,
  `insert into tracking_experiments (number, name, artifact_location, state, created_at_ms, updated_at_ms, system)
     select row_number() over (order by created_at_ms, id), system,
       'mlflow-artifacts:/' || row_number() over (order by created_at_ms, id), 'active', created_at_ms, created_at_ms, system
     from tracking_old_experiments`,
  `insert into tracking_runs (number, id, experiment, name, user_name, status, state, started_at_ms, finished_at_ms)
     select row_number() over (order by old.started_at_ms, old.id), old.id, experiment.number, old.name, '', old.status,
       'active', old.started_at_ms, old.finished_at_ms
     from tracking_old_runs as old join tracking_experiments as experiment on experiment.system = old.system`,
  `insert into tracking_origins (run, run_key, kind, attempt, system_hash, data_hash, commit_hash, dirty, seed, environment,
       facts, failure, owner)
     select run.number, old.run_key, old.kind, old.attempt, old.system_hash, old.data_hash, old.commit_hash, old.dirty,
       old.seed, old.environment, old.facts, old.failure, old.owner
     from tracking_old_runs as old join tracking_runs as run on run.id = old.id`,
  `insert into tracking_params (run, name, value, type)
     select run.number, old.name, case when json_type(old.value) = 'text' then json_extract(old.value, '$') else old.value end,
       case json_type(old.value) when 'text' then null when 'true' then 'boolean' when 'false' then 'boolean' else 'number' end
     from tracking_old_params as old join tracking_runs as run on run.id = old.run_id`,
  `insert into tracking_keys (name) select distinct name from tracking_old_metrics order by name`,
  `insert into tracking_metrics (run, metric, at_ms, step, value, is_nan)
     select run.number, key.number, old.at_ms, old.step, old.value, 0
     from tracking_old_metrics as old join tracking_runs as run on run.id = old.run_id
       join tracking_keys as key on key.name = old.name`,
  `insert into tracking_latest (run, metric, at_ms, step, value, is_nan, experiment)
     select one.run, one.metric, one.at_ms, one.step, one.value, 0, run.experiment
     from tracking_metrics as one join tracking_runs as run on run.number = one.run
     where one.step = (select max(step) from tracking_metrics as other where other.run = one.run and other.metric = one.metric)`,
  `insert into tracking_artifacts (run, path, digest, at_ms)
     select run.number, old.path, old.digest, old.at_ms
     from tracking_old_artifacts as old join tracking_runs as run on run.id = old.run_id`,
]
