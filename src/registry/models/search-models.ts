import { sql, type RawBuilder, type SqlBool } from 'kysely'
import { invalid, numberCondition, parseFilter, parseOrders, textCondition, type Clause, type Order } from '#tracking'
import type { NamedVersion } from './store/model-versions.ts'
import type { Models, RegisteredModelRow } from './store/tables.ts'

export interface ModelSearch {
  readonly project: string
  readonly filter: string
  readonly orderBy: readonly string[]
  readonly offset: number
  readonly limit: number
  /** Of this model alone, or all where absent. */
  readonly name?: string | undefined
}

/** Registered models that match, in the order asked, and then by name. @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export async function searchModels(tables: Models, search: ModelSearch): Promise<RegisteredModelRow[]> {
  const conditions = conditionsOf(parseFilter(search.filter), modelScope)
  const terms = termsOf(search.orderBy, modelScope)
  const { rows } = await sql<RegisteredModelRow>`
    select model.* from registry_models as model
    where ${sql.join([...inProject(search), sql`model.state = 'active'`, ...conditions], sql` and `)}
    order by ${sql.join([...terms, sql`model.name`])} limit ${search.limit} offset ${search.offset}`.execute(tables)
  return rows
}

/**
 * Versions of registered models that match, in the order asked, and then by name, the newest first; what changed last
 * comes first where no order is asked.
 * @throws {MlflowFailure} `INVALID_PARAMETER_VALUE`
 */
export async function searchVersions(tables: Models, search: ModelSearch): Promise<NamedVersion[]> {
  const conditions = conditionsOf(parseFilter(search.filter), versionScope)
  const orderBy = search.orderBy.length > 0 ? search.orderBy : ['last_updated_timestamp DESC']
  const terms = [...termsOf(orderBy, versionScope), sql`model.name`, sql`version.version desc`]
  const active = sql<SqlBool>`model.state = 'active' and version.state = 'active'`
  const { rows } = await sql<NamedVersion>`
    select version.*, model.name from registry_model_versions as version
      join registry_models as model on model.number = version.model
    where ${sql.join([...inProject(search), active, ...conditions], sql` and `)}
    order by ${sql.join(terms)} limit ${search.limit} offset ${search.offset}`.execute(tables)
  return rows
}

const inProject = ({ project, name }: ModelSearch): readonly RawBuilder<SqlBool>[] => [
  sql`model.project = ${project}`,
  ...(name === undefined ? [] : [sql<SqlBool>`model.name = ${name}`]),
]

/** What can be asked of one kind of thing. */
interface Scope {
  readonly attributes: ReadonlyMap<
    string,
    { readonly sql: RawBuilder<unknown>; readonly kind: 'text' | 'id' | 'number' }
  >
  readonly orders: ReadonlyMap<string, RawBuilder<unknown>>
  /** A query of its tags, to be followed by more conditions. */
  readonly tags: RawBuilder<unknown>
}

const modelName = sql.ref('model.name')
const modelUpdated = sql.ref('model.updated_at_ms')
const modelScope: Scope = {
  attributes: new Map([['name', { sql: modelName, kind: 'id' }]]),
  orders: new Map([
    ['name', modelName],
    ['timestamp', modelUpdated],
    ['creation_timestamp', sql.ref('model.created_at_ms')],
    ['last_updated_timestamp', modelUpdated],
  ]),
  tags: sql`select 1 from registry_model_tags as tag where tag.model = model.number`,
}
const versionNumber = sql.ref('version.version')
const versionScope: Scope = {
  attributes: new Map([
    ['name', { sql: modelName, kind: 'id' }],
    ['version_number', { sql: versionNumber, kind: 'number' }],
    ['run_id', { sql: sql.ref('version.run_id'), kind: 'id' }],
    ['source_path', { sql: sql.ref('version.source'), kind: 'text' }],
  ]),
  orders: new Map([
    ['name', modelName],
    ['version_number', versionNumber],
    ['creation_timestamp', sql.ref('version.created_at_ms')],
    ['last_updated_timestamp', sql.ref('version.updated_at_ms')],
  ]),
  tags: sql`select 1 from registry_model_version_tags as tag where tag.model = version.model and tag.version = version.version`,
}

/** Prompts are kept as models with a tag that says so; they are found only where the filter asks for them. */
function conditionsOf(clauses: readonly Clause[], scope: Scope): readonly RawBuilder<SqlBool>[] {
  const ofPrompts = (clause: Clause): boolean => isTag(clause) && clause.key === promptTag
  const wantsPrompts = clauses.filter(ofPrompts).some(({ comparator, value }) => {
    const wanted = String(value).toLowerCase()
    return (comparator === '=' && wanted === 'true') || (comparator === '!=' && wanted === 'false')
  })
  const prompts = sql`exists (${scope.tags} and tag.name = ${promptTag} and lower(tag.value) = 'true')`
  return [
    wantsPrompts ? sql<SqlBool>`${prompts}` : sql<SqlBool>`not ${prompts}`,
    ...clauses.filter((clause) => !ofPrompts(clause)).map((clause) => conditionOf(clause, scope)),
  ]
}

function conditionOf(clause: Clause, scope: Scope): RawBuilder<SqlBool> {
  const { key, comparator } = clause
  if (isTag(clause)) {
    const named = sql`${scope.tags} and tag.name = ${key}`
    if (comparator === 'IS NULL') return sql`not exists (${named})`
    if (comparator === 'IS NOT NULL') return sql`exists (${named})`
    return sql`exists (${named} and ${textCondition(sql.ref('tag.value'), clause, { what: 'tag' })})`
  }
  holdAttribute(clause)
  const attribute = scope.attributes.get(key)
  if (!attribute)
    throw invalid(`Invalid attribute key '${key}' specified. Valid keys are '{${namesOf(scope.attributes)}}'`)
  const { sql: column, kind } = attribute
  return kind === 'number'
    ? numberCondition(column, asNumber(clause), key)
    : textCondition(column, clause, { what: 'attribute', lists: kind === 'id' })
}

function termsOf(orderBy: readonly string[], { orders }: Scope): readonly RawBuilder<unknown>[] {
  const terms = parseOrders(orderBy).map((order) => {
    holdAttribute(order)
    const column = orders.get(order.key)
    if (!column) throw invalid(`Invalid order by key '${order.key}' specified. Valid keys are '{${namesOf(orders)}}'`)
    return { column, ascending: order.ascending }
  })
  if (new Set(terms.map(({ column }) => column)).size < terms.length)
    throw invalid(`\`order_by\` contains duplicate fields: [${orderBy.map((term) => `'${term}'`).join(', ')}]`)
  return terms.map(({ column, ascending }) => sql`${column} ${sql.raw(ascending ? 'asc' : 'desc')}`)
}

const isTag = ({ entity }: Clause): boolean => entity === 'tag' || entity === 'tags'

function holdAttribute({ entity }: Clause | Order): void {
  if (entity !== null && !/^attr(?:ibutes?)?$/.test(entity))
    throw invalid(`Invalid entity type '${entity}'. Valid entity types are ('attribute', 'tag', 'tags')`)
}

/** Numbers may stand in quotes. */
const asNumber = (clause: Clause): Clause =>
  typeof clause.value === 'string' && /^\d{1,15}$/.test(clause.value)
    ? { ...clause, value: Number(clause.value) }
    : clause

const namesOf = (map: ReadonlyMap<string, unknown>): string => Array.from(map.keys(), (name) => `'${name}'`).join(', ')

/** The tag that makes a registered model, or a version, a prompt. */
export const promptTag = 'mlflow.prompt.is_prompt'
