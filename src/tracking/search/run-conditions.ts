import { sql, type RawBuilder, type SqlBool } from 'kysely'
import { listed } from '#platform'
import { invalid } from '../mlflow/mlflow-failure.ts'
import { readKeys } from '../store/metrics.ts'
import type { Tracking } from '../store/tables.ts'
import { numberCondition, textCondition } from './conditions.ts'
import type { Clause, Order } from './parse-filter.ts'

/** A condition on runs, as SQL over `tracking_runs as run`. */
export interface RunCondition {
  readonly sql: RawBuilder<SqlBool>
  /** Numbers of the runs that meet it, as a query over an index; absent where no index has them. */
  readonly runs?: RawBuilder<unknown>
}

/** What runs can be ordered by: SQL over `tracking_runs as run`, or the number of a metric's name. */
export type RunOrder = { readonly ascending: boolean } & (
  | { readonly metric: number | null }
  | { readonly sql: RawBuilder<unknown> }
)

/**
 * Numbers of the metrics that a search names.
 * @returns by name; a name that no run has ever logged has none
 */
export async function metricNumbers(
  tables: Tracking,
  named: readonly Pick<Clause, 'entity' | 'key'>[],
): Promise<ReadonlyMap<string, number>> {
  const names = named.filter(({ entity }) => kindOf(entity) === 'metric').map(({ key }) => key)
  return names.length === 0 ? new Map() : readKeys(tables, new Set(names))
}

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` where it names nothing that runs have, or compares it in a way that makes no sense */
export function runCondition(
  clause: Clause,
  scope: { readonly metrics: ReadonlyMap<string, number>; readonly experiments: readonly number[] },
): RunCondition {
  const kind = kindOf(clause.entity)
  switch (kind) {
    case 'metric': {
      const holds = numberCondition(sql.ref('latest.value'), clause, 'metric')
      const metric = scope.metrics.get(clause.key) ?? -1
      return {
        sql: sql`exists (select 1 from tracking_latest as latest where latest.run = run.number and latest.metric = ${metric} and latest.is_nan = 0 and ${holds})`,
        runs: sql`select latest.run from tracking_latest as latest where latest.experiment in ${listed(scope.experiments)} and latest.metric = ${metric} and latest.is_nan = 0 and ${holds}`,
      }
    }
    case 'param':
    case 'tag':
      return namedCondition(clause, kind)
    case 'dataset':
      return { sql: datasetCondition(clause) }
    default:
      return attributeCondition(clause, scope.experiments)
  }
}

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function runOrder(order: Order, metrics: ReadonlyMap<string, number>): RunOrder {
  const { key, ascending } = order
  const kind = kindOf(order.entity)
  if (kind === 'metric') return { ascending, metric: metrics.get(key) ?? null }
  if (kind === 'attribute') return { ascending, sql: attribute(key).sql }
  if (kind === 'dataset') throw invalid('Invalid order_by clause: runs have no order by their datasets')
  const table = sql.table(`tracking_${kind}s`)
  return {
    ascending,
    sql: sql`(select one.value from ${table} as one where one.run = run.number and one.name = ${key})`,
  }
}

type Kind = 'metric' | 'param' | 'tag' | 'attribute' | 'dataset'

function kindOf(entity: string | null): Kind {
  if (entity === null) return 'attribute'
  const kind = kinds.get(entity.toLowerCase())
  if (kind === undefined)
    throw invalid(
      `Invalid entity type '${entity}'. Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']`,
    )
  return kind
}

const kinds: ReadonlyMap<string, Kind> = new Map([
  ...['metric', 'metrics'].map((name) => [name, 'metric'] as const),
  ...['param', 'params', 'parameter', 'parameters'].map((name) => [name, 'param'] as const),
  ...['tag', 'tags'].map((name) => [name, 'tag'] as const),
  ...['attribute', 'attributes', 'attr', 'run'].map((name) => [name, 'attribute'] as const),
  ...['dataset', 'datasets'].map((name) => [name, 'dataset'] as const),
])

function namedCondition(clause: Clause, kind: 'param' | 'tag'): RunCondition {
  const { key, comparator, value } = clause
  const table = sql.table(`tracking_${kind}s`)
  const named = sql`select 1 from ${table} as one where one.run = run.number and one.name = ${key}`
  if (comparator === 'IS NULL') return { sql: sql`not exists (${named})` }
  if (comparator === 'IS NOT NULL') return { sql: sql`exists (${named})` }
  const what = kind === 'param' ? 'parameter' : 'tag'
  const holds = sql`exists (${named} and ${textCondition(sql.ref('one.value'), clause, { what })})`
  if (comparator !== '=') return { sql: holds as RawBuilder<SqlBool> }
  return {
    sql: holds as RawBuilder<SqlBool>,
    runs: sql`select one.run from ${table} as one where one.name = ${key} and substr(one.value, 1, 64) = substr(${value}, 1, 64) and one.value = ${value}`,
  }
}

function attributeCondition(clause: Clause, experiments: readonly number[]): RunCondition {
  const { sql: column, isNumber, isId } = attribute(clause.key)
  if (isNumber) return { sql: numberCondition(column, clause, clause.key) }
  const holds = textCondition(column, clause, { what: 'attribute', lists: isId })
  if (column !== name.sql || clause.comparator !== '=') return { sql: holds }
  return {
    sql: holds,
    runs: sql`select named.number as run from tracking_runs as named where named.experiment in ${listed(experiments)} and named.name = ${clause.value}`,
  }
}

function datasetCondition(clause: Clause): RawBuilder<SqlBool> {
  if (!['name', 'digest', 'context'].includes(clause.key))
    throw invalid(`Invalid dataset key '${clause.key}' specified. Valid keys are '{'name', 'digest', 'context'}'`)
  const holds = textCondition(sql.ref(`input.${clause.key}`), clause, { what: 'dataset', lists: true })
  return sql`exists (select 1 from tracking_inputs as input where input.run = run.number and ${holds})`
}

interface Attribute {
  readonly sql: RawBuilder<unknown>
  readonly isNumber: boolean
  readonly isId: boolean
}

function attribute(key: string): Attribute {
  const found = attributes.get(key.toLowerCase())
  if (!found)
    throw invalid(
      `Invalid attribute key '${key}' specified. Valid keys are '{${[...attributes.keys()].map((name) => `'${name}'`).join(', ')}}'`,
    )
  return found
}

const textOf = (column: RawBuilder<unknown>): Attribute => ({ sql: column, isNumber: false, isId: false })
const numberOf = (column: RawBuilder<unknown>): Attribute => ({ sql: column, isNumber: true, isId: false })
const idOf: Attribute = { sql: sql.ref('run.id'), isNumber: false, isId: true }
const name = textOf(sql.ref('run.name'))
const startedAt = numberOf(sql.ref('run.started_at_ms'))

const attributes: ReadonlyMap<string, Attribute> = new Map([
  ['run_id', idOf],
  ['run id', idOf],
  ['run_name', name],
  ['run name', name],
  ['status', textOf(sql`case run.status when 'cancelled' then 'KILLED' else upper(run.status) end`)],
  ['user_id', textOf(sql.ref('run.user_name'))],
  [
    'artifact_uri',
    textOf(
      sql`(select artifact_location from tracking_experiments where number = run.experiment) || '/' || run.id || '/artifacts'`,
    ),
  ],
  ['experiment_id', textOf(sql`cast(run.experiment as text)`)],
  ['lifecycle_stage', textOf(sql.ref('run.state'))],
  ['start_time', startedAt],
  ['created', startedAt],
  ['end_time', numberOf(sql.ref('run.finished_at_ms'))],
])
