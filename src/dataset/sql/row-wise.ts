import type { SourceColumns } from '../schema.ts'
import type { SqlFunctions } from './sql-functions.ts'
import { listAt, partAt, partsOf, textAt, type Syntax } from './syntax.ts'

/** One output column of a SELECT. */
export interface OutputColumn {
  readonly name: string
  /** Source columns that its value is made from; null where it needs more than the one row it stands in. */
  readonly from: ReadonlySet<string> | null
}

/** A SELECT whose rows come from the rows of one source, each from one. */
export interface RowWise {
  readonly source: string
  readonly outputs: readonly OutputColumn[]
  /** Source columns that its WHERE reads; null where there is none, or one that needs more than a row. */
  readonly condition: ReadonlySet<string> | null
}

export interface RowWiseOptions {
  readonly sources: readonly SourceColumns[]
  readonly functions: SqlFunctions
}

/**
 * Finds whether a SELECT is a projection (and filter) of one source, WITH steps and subqueries of such a kind included,
 * and which columns of the source each output is made from.
 *
 * Conditions, limits and order are not looked at: they choose rows and change no value.
 *
 * @param node the tree of a SELECT
 * @returns null when it joins, groups or unites, or uses a form that is not followed here
 */
export function rowWise(node: Syntax, options: RowWiseOptions): RowWise | null {
  return selectOf(node, { ...options, steps: new Map() })
}

interface Scope extends RowWiseOptions {
  /** Steps of the WITH clauses in sight, by folded name. */
  readonly steps: ReadonlyMap<string, RowWise | null>
}

function selectOf(node: Syntax, outer: Scope): RowWise | null {
  if (textAt(node, 'type') !== 'SELECT_NODE') return null
  if (listAt(node, 'group_expressions').length > 0 || node['aggregate_handling'] !== 'STANDARD_HANDLING') return null
  const steps = new Map(outer.steps)
  for (const step of listAt(partAt(node, 'cte_map') ?? {}, 'map')) {
    const value = partAt(step, 'value') ?? {}
    const query = partAt(partAt(value, 'query') ?? {}, 'node')
    const found = query && listAt(value, 'aliases').length === 0 ? selectOf(query, { ...outer, steps }) : null
    steps.set(fold(textAt(step, 'key')), found)
  }
  const scope = { ...outer, steps }
  const table = tableOf(partAt(node, 'from_table') ?? {}, scope)
  if (!table) return null
  const outputs: OutputColumn[] = []
  for (const item of listAt(node, 'select_list')) {
    if ([...partsOf(item)].some((part) => changesRows(part, scope))) return null
    const found =
      item['class'] === 'STAR' ? starOf(item, { table, scope }) : [outputOf(item, { table, outputs, scope })]
    if (!found) return null
    outputs.push(...found)
  }
  const where = partAt(node, 'where_clause')
  return { source: table.source, outputs, condition: where ? madeFrom(where, { table, outputs, scope }) : null }
}

interface FromTable extends RowWise {
  /** Name that qualifies its columns, folded. */
  readonly alias: string
}

function tableOf(from: Syntax, scope: Scope): FromTable | null {
  const alias = textAt(from, 'alias')
  if (from['type'] === 'BASE_TABLE' && textAt(from, 'schema_name') === '') {
    const name = fold(textAt(from, 'table_name'))
    const table = scope.steps.has(name) ? scope.steps.get(name) : sourceOf(name, scope)
    return table ? renamed(from, { ...table, alias: fold(alias || name) }) : null
  }
  if (from['type'] !== 'SUBQUERY') return null
  const node = partAt(partAt(from, 'subquery') ?? {}, 'node')
  const table = node && selectOf(node, scope)
  return table ? renamed(from, { ...table, alias: fold(alias) }) : null
}

function sourceOf(name: string, { sources }: Scope): RowWise | null {
  const source = sources.find((one) => fold(one.name) === name)
  if (!source) return null
  const outputs = source.columns.map((one) => ({ name: one.name, from: new Set([one.name]) }))
  return { source: source.name, outputs, condition: null }
}

/** `FROM t AS u(a, b)` renames the first columns. */
function renamed(from: Syntax, table: FromTable): FromTable {
  const names = (from['column_name_alias'] ?? []) as string[]
  return { ...table, outputs: table.outputs.map((output, place) => ({ ...output, name: names[place] ?? output.name })) }
}

/** The columns of `*`, with EXCLUDE, REPLACE and RENAME; `COLUMNS(…)` is not followed. */
function starOf(item: Syntax, { table, scope }: { table: FromTable; scope: Scope }): OutputColumn[] | null {
  const relation = fold(textAt(item, 'relation_name'))
  if (item['columns'] !== false || item['expr'] !== null || (relation !== '' && relation !== table.alias)) return null
  if (listAt(item, 'qualified_exclude_list').length > 0) return null
  const left = new Set(((item['exclude_list'] ?? []) as string[]).map(fold))
  const entries = (key: string) => listAt(item, key).map((entry) => [entry['key'], entry['value']] as const)
  const replaced = new Map(entries('replace_list').map(([name, value]) => [fold(name as string), value as Syntax]))
  const names = new Map(entries('rename_list').map(([name, as]) => [fold(textAt(name as Syntax, 'column')), as]))
  return table.outputs
    .filter((output) => !left.has(fold(output.name)))
    .map((output) => {
      const value = replaced.get(fold(output.name))
      const from = value ? madeFrom(value, { table, outputs: [], scope }) : output.from
      return { name: (names.get(fold(output.name)) as string | undefined) ?? output.name, from }
    })
}

interface InSight {
  readonly table: FromTable
  /** Outputs further left, which an expression may name by their alias. */
  readonly outputs: readonly OutputColumn[]
  readonly scope: Scope
}

function outputOf(item: Syntax, sight: InSight): OutputColumn {
  const path = (item['column_names'] ?? []) as string[]
  const name = textAt(item, 'alias') || (item['class'] === 'COLUMN_REF' ? (path.at(-1) as string) : '')
  return { name, from: madeFrom(item, sight) }
}

/** Source columns that an expression reads; null where it holds more than operators and functions of one row. */
function madeFrom(expression: Syntax, sight: InSight): ReadonlySet<string> | null {
  const parts = [...partsOf(expression)]
  const own = new Set(parts.filter((part) => part['class'] === 'LAMBDA').flatMap(lambdaNames))
  const from = new Set<string>()
  for (const part of parts) {
    const kind = part['class']
    if (kind !== undefined && !ofOneRow.has(kind)) return null
    if (kind !== 'COLUMN_REF') continue
    const path = (part['column_names'] as string[]).map(fold)
    if (own.has(path[0] as string)) continue
    const columns = referred(path, sight)?.from
    if (!columns) return null
    for (const column of columns) from.add(column)
  }
  return from
}

/** Kinds of expression whose value depends on nothing but the row. */
const ofOneRow: ReadonlySet<unknown> = new Set([
  'BETWEEN',
  'CASE',
  'CAST',
  'COLLATE',
  'COLUMN_REF',
  'COMPARISON',
  'CONJUNCTION',
  'CONSTANT',
  'FUNCTION',
  'LAMBDA',
  'OPERATOR',
])

const lambdaNames = (lambda: Syntax): string[] =>
  [...partsOf(lambda['lhs'])].flatMap((part) => ((part['column_names'] ?? []) as string[]).map(fold))

/** The column that a name refers to: of the table first, else an output further left. */
function referred(words: readonly string[], { table, outputs }: InSight): OutputColumn | undefined {
  const place = words.length > 1 && words[0] === table.alias ? 1 : 0
  const among = (columns: readonly OutputColumn[]) => columns.find((column) => fold(column.name) === words[place])
  return among(table.outputs) ?? among(outputs)
}

/** Whether a part makes fewer or more rows of those there are. */
const changesRows = (part: Syntax, { functions }: Scope): boolean =>
  part['class'] === 'FUNCTION' && functions.rowChanging.has(fold(textAt(part, 'function_name')))

const fold = (name: string): string => name.toLowerCase()
