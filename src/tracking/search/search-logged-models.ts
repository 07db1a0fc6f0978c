import { sql, type RawBuilder, type SqlBool } from 'kysely'
import { listed } from '#platform'
import { invalid } from '../mlflow/mlflow-failure.ts'
import type { LoggedModelRow, Tracking } from '../store/tables.ts'
import { numberCondition, textCondition } from './conditions.ts'
import { parseFilter, type Clause } from './parse-filter.ts'

/** A dataset by its name, and by its digest where one is asked for. */
export interface DatasetFilter {
  readonly name: string
  readonly digest: string | undefined
}

/** One term of an order of logged models; values of a metric may be those on one dataset. */
export interface ModelOrder {
  readonly field: string
  readonly ascending: boolean
  readonly dataset: { readonly name: string | undefined; readonly digest: string | undefined }
}

export interface LoggedModelSearch {
  /** Numbers of experiments. */
  readonly experiments: readonly number[]
  readonly filter: string
  /** Where there are any, metrics count where they were measured on one of these. */
  readonly datasets: readonly DatasetFilter[]
  readonly orderBy: readonly ModelOrder[]
  readonly offset: number
  readonly limit: number
}

/** Logged models that match, in the order asked, and then the newest first. @throws {MlflowFailure} */
export async function searchLoggedModels(tables: Tracking, search: LoggedModelSearch): Promise<LoggedModelRow[]> {
  const clauses = parseFilter(search.filter)
  const conditions = clauses.map((clause) => conditionOf(clause, search.datasets))
  if (search.datasets.length > 0 && !clauses.some(({ entity }) => entity === 'metrics'))
    conditions.push(sql`exists (select 1 from ${metricsOfModel} and ${onDatasets(search.datasets)})`)
  const scope = sql<SqlBool>`model.experiment in ${listed(search.experiments)} and model.state = 'active'`
  const terms = [...search.orderBy.flatMap(termsOf), sql`model.created_at_ms desc`, sql`model.id`]
  const { rows } = await sql<LoggedModelRow>`
    select model.* from tracking_logged_models as model where ${sql.join([scope, ...conditions], sql` and `)}
    order by ${sql.join(terms)} limit ${search.limit} offset ${search.offset}`.execute(tables)
  return rows
}

/** To be followed by more conditions on `metric` and `key`. */
const metricsOfModel = sql`tracking_logged_model_metrics as metric
  join tracking_keys as key on key.number = metric.metric where metric.model = model.number`

function conditionOf(clause: Clause, datasets: readonly DatasetFilter[]): RawBuilder<SqlBool> {
  const { entity, key, comparator } = clause
  switch (entity) {
    case 'metrics': {
      const holds = numberCondition(sql.ref('metric.value'), clause, 'metric')
      const on = datasets.length > 0 ? sql` and ${onDatasets(datasets)}` : sql``
      return sql`exists (select 1 from ${metricsOfModel} and key.name = ${key} and metric.is_nan = 0 and ${holds}${on})`
    }
    case 'params':
    case 'tags': {
      const table = sql.table(`tracking_logged_model_${entity}`)
      const named = sql`select 1 from ${table} as one where one.model = model.number and one.name = ${key}`
      if (comparator === 'IS NULL') return sql`not exists (${named})`
      if (comparator === 'IS NOT NULL') return sql`exists (${named})`
      const holds = textCondition(sql.ref('one.value'), clause, { what: entity.slice(0, -1), lists: true })
      return sql`exists (${named} and ${holds})`
    }
    case null:
    case 'attributes':
      return attributeCondition(clause)
    default:
      throw invalid(`Invalid entity type: '${entity}'. Expected one of ['attributes', 'metrics', 'params', 'tags'].`)
  }
}

function attributeCondition(clause: Clause): RawBuilder<SqlBool> {
  const column = attributes.get(clause.key)
  if (!column)
    throw invalid(
      `Invalid attribute key '${clause.key}' specified. Valid keys are '{${[...attributes.keys()].map((name) => `'${name}'`).join(', ')}}'`,
    )
  if (numeric.has(clause.key)) return numberCondition(column, clause, clause.key)
  const asked = clause.key === 'status' ? { ...clause, value: statusValue(clause.value) } : clause
  return textCondition(column, asked, { what: 'attribute', lists: true })
}

/** States are asked for with and without what the protocol puts before them. */
function statusValue(value: Clause['value']): Clause['value'] {
  if (typeof value === 'string') return value.replace(/^(?=PENDING|READY|UPLOAD)/, 'LOGGED_MODEL_')
  return Array.isArray(value) ? value.map((one: string) => statusValue(one) as string) : value
}

function onDatasets(datasets: readonly DatasetFilter[]): RawBuilder<SqlBool> {
  const each = datasets.map(({ name, digest }) =>
    digest === undefined
      ? sql`metric.dataset_name = ${name}`
      : sql`(metric.dataset_name = ${name} and metric.dataset_digest = ${digest})`,
  )
  return sql`(${sql.join(each, sql` or `)})`
}

/** What lacks the field comes last, whichever way the order goes. */
function termsOf({ field, ascending, dataset }: ModelOrder): readonly RawBuilder<unknown>[] {
  const way = sql.raw(ascending ? 'asc' : 'desc')
  const [entity, ...rest] = field.split('.')
  if (rest.length === 0) {
    const column = attributes.get(field)
    if (!column) throw invalid(`Invalid order by field name: ${field}`)
    return [sql`${column} ${way}`]
  }
  if (entity !== 'metrics') throw invalid(`Invalid order by field name: ${field}. Only metrics are supported.`)
  const on = [
    ...(dataset.name === undefined ? [] : [sql` and metric.dataset_name = ${dataset.name}`]),
    ...(dataset.digest === undefined ? [] : [sql` and metric.dataset_digest = ${dataset.digest}`]),
  ]
  const newest = sql`(select case metric.is_nan when 1 then null else metric.value end from ${metricsOfModel}
    and key.name = ${rest.join('.')}${sql.join(on, sql``)} order by metric.at_ms desc, metric.step desc, metric.value desc limit 1)`
  return [sql`${newest} is null`, sql`${newest} ${way}`]
}

const createdAt = sql.ref('model.created_at_ms')
const updatedAt = sql.ref('model.updated_at_ms')
const location = sql.ref('model.artifact_location')
const numbers: readonly (readonly [string, RawBuilder<unknown>])[] = [
  ['creation_timestamp_ms', createdAt],
  ['creation_timestamp', createdAt],
  ['creation_time', createdAt],
  ['last_updated_timestamp_ms', updatedAt],
  ['last_updated_timestamp', updatedAt],
]
const numeric: ReadonlySet<string> = new Set(numbers.map(([name]) => name))
const attributes: ReadonlyMap<string, RawBuilder<unknown>> = new Map([
  ['name', sql.ref('model.name')],
  ['model_id', sql.ref('model.id')],
  ['model_type', sql.ref('model.model_type')],
  [
    'status',
    sql`case model.status when 'pending' then 'LOGGED_MODEL_PENDING' when 'ready' then 'LOGGED_MODEL_READY' else 'LOGGED_MODEL_UPLOAD_FAILED' end`,
  ],
  ['source_run_id', sql.ref('model.source_run')],
  ['experiment_id', sql`cast(model.experiment as text)`],
  ['artifact_location', location],
  ['artifact_uri', location],
  ...numbers,
])
