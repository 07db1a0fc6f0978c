import { sql, type RawBuilder, type SqlBool } from 'kysely'
import { invalid } from '../mlflow/mlflow-failure.ts'
import type { LifecycleState } from '../schema.ts'
import type { ExperimentRow, Tracking } from './tables.ts'
import { numberCondition, textCondition } from '../search/conditions.ts'
import { parseFilter, parseOrders, type Clause, type Order } from '../search/parse-filter.ts'

/** Experiments that match, in the order asked; the newest first where none is. @throws {MlflowFailure} */
export async function searchExperiments(
  tables: Tracking,
  search: {
    readonly project: string
    readonly states: readonly LifecycleState[]
    readonly filter: string
    readonly orderBy: readonly string[]
    readonly offset: number
    readonly limit: number
  },
): Promise<ExperimentRow[]> {
  let query = tables
    .selectFrom('tracking_experiments')
    .selectAll()
    .where('project', '=', search.project)
    .where('state', 'in', search.states)
  for (const clause of parseFilter(search.filter)) query = query.where(conditionOf(clause))
  const terms = parseOrders(search.orderBy)
  const order = terms.length > 0 ? terms : [{ entity: null, key: 'creation_time', ascending: false }]
  for (const term of order) query = query.orderBy(columnOf(term), term.ascending ? 'asc' : 'desc')
  return query
    .orderBy('number', terms.length > 0 ? 'asc' : 'desc')
    .limit(search.limit)
    .offset(search.offset)
    .execute()
}

function conditionOf(clause: Clause): RawBuilder<SqlBool> {
  const { entity, key, comparator } = clause
  if (entity !== null && /^tags?$/.test(entity)) {
    const tag = sql`select 1 from tracking_experiment_tags as tag where tag.experiment = tracking_experiments.number and tag.name = ${key}`
    if (comparator === 'IS NULL') return sql`not exists (${tag})`
    if (comparator === 'IS NOT NULL') return sql`exists (${tag})`
    return sql`exists (${tag} and ${textCondition(sql.ref('tag.value'), clause, { what: 'tag' })})`
  }
  const column = columnOf(clause)
  return column === 'name'
    ? textCondition(sql.ref('tracking_experiments.name'), clause, { what: 'attribute' })
    : numberCondition(sql.ref(`tracking_experiments.${column}`), clause, key)
}

function columnOf({ entity, key }: Pick<Clause | Order, 'entity' | 'key'>) {
  if (entity !== null && !/^attr(?:ibutes?)?$/.test(entity))
    throw invalid(`Invalid entity type '${entity}'. Valid values are 'attribute' and 'tag'`)
  const column = columns.get(key)
  if (column === undefined)
    throw invalid(
      `Invalid attribute key '${key}' specified. Valid keys are '{${[...columns.keys()].map((name) => `'${name}'`).join(', ')}}'`,
    )
  return column
}

const columns = new Map([
  ['name', 'name'],
  ['creation_time', 'created_at_ms'],
  ['last_update_time', 'updated_at_ms'],
  ['experiment_id', 'number'],
] as const) as ReadonlyMap<string, 'name' | 'created_at_ms' | 'updated_at_ms' | 'number'>
