import { listAt, partAt, textAt, type Syntax } from '../sql/syntax.ts'
import type { SourceColumns } from '../schema.ts'
import { compileExpression, type Resolve } from './compile-expression.ts'
import { sourceColumn } from './source-column.ts'
import { leaveToSql, type Compiled } from './value.ts'

/** An output column of a SELECT as a closure over a row of its source. */
export interface CompiledColumn {
  /** Folded; empty for an expression without a name. */
  readonly name: string
  /** Left to DuckDB when it is asked for, where the expression is. */
  readonly get: () => Compiled
}

/**
 * A SELECT that reads one source row by row, WITH steps and subqueries of that kind included, column by column.
 * @param node the tree, narrowed: without conditions, limits and order
 */
export function compileSelect(node: Syntax, source: SourceColumns): readonly CompiledColumn[] {
  return selectOf(node, { source, steps: new Map() })
}

interface Scope {
  readonly source: SourceColumns
  /** Steps of the WITH clauses in sight, by folded name. */
  readonly steps: ReadonlyMap<string, readonly CompiledColumn[]>
}

interface FromTable {
  /** Name that qualifies its columns, folded. */
  readonly alias: string
  readonly columns: readonly CompiledColumn[]
}

function selectOf(node: Syntax, outer: Scope): readonly CompiledColumn[] {
  const isPlain =
    node['type'] === 'SELECT_NODE' &&
    listAt(node, 'group_expressions').length === 0 &&
    listAt(node, 'modifiers').length === 0 &&
    node['aggregate_handling'] === 'STANDARD_HANDLING' &&
    ['where_clause', 'having', 'sample', 'qualify'].every((key) => (node[key] ?? null) === null)
  if (!isPlain) return leaveToSql()
  const steps = new Map(outer.steps)
  for (const step of listAt(partAt(node, 'cte_map') ?? {}, 'map')) {
    const value = partAt(step, 'value') ?? {}
    const query = partAt(partAt(value, 'query') ?? {}, 'node')
    const aliases = value['aliases']
    if (!query || (Array.isArray(aliases) && aliases.length > 0)) return leaveToSql()
    steps.set(fold(textAt(step, 'key')), selectOf(query, { ...outer, steps }))
  }
  const table = tableOf(partAt(node, 'from_table') ?? {}, { ...outer, steps })
  const outputs: CompiledColumn[] = []
  for (const item of listAt(node, 'select_list')) {
    if (item['class'] === 'STAR') outputs.push(...starOf(item, table))
    else outputs.push(outputOf(item, table, [...outputs]))
  }
  return outputs
}

function tableOf(from: Syntax, scope: Scope): FromTable {
  const alias = fold(textAt(from, 'alias'))
  const names = from['column_name_alias']
  if ((Array.isArray(names) && names.length > 0) || (from['sample'] ?? null) !== null) return leaveToSql()
  if (from['type'] === 'BASE_TABLE' && textAt(from, 'schema_name') === '' && (from['at_clause'] ?? null) === null) {
    const name = fold(textAt(from, 'table_name'))
    const step = scope.steps.get(name)
    const isSource = !step && name === fold(scope.source.name)
    return { alias: alias || name, columns: step ?? (isSource ? sourceOf(scope.source) : leaveToSql()) }
  }
  const node = from['type'] === 'SUBQUERY' ? partAt(partAt(from, 'subquery') ?? {}, 'node') : undefined
  return node ? { alias, columns: selectOf(node, scope) } : leaveToSql()
}

function sourceOf({ columns }: SourceColumns): readonly CompiledColumn[] {
  return columns.map(({ name, type }, place) => {
    const column = sourceColumn(type)
    const get = (): Compiled => {
      if (!column) return leaveToSql()
      const { kind, range } = column
      return { kind, evaluate: (row) => row[place] ?? null, ...(range ? { range } : {}) }
    }
    return { name: fold(name), get }
  })
}

/** A bare `*`, or one that excludes columns. */
function starOf(item: Syntax, { alias, columns }: FromTable): readonly CompiledColumn[] {
  const relation = fold(textAt(item, 'relation_name'))
  const changes = ['replace_list', 'rename_list', 'qualified_exclude_list'].some((key) => listAt(item, key).length > 0)
  if (changes || item['columns'] !== false || (item['expr'] ?? null) !== null) return leaveToSql()
  if (relation !== '' && relation !== alias) return leaveToSql()
  const left = new Set(((item['exclude_list'] ?? []) as string[]).map(fold))
  return columns.filter(({ name }) => !left.has(name))
}

// oxlint-disable-next-line max-params -- outputs further left, which an expression may name by their alias
function outputOf(item: Syntax, table: FromTable, outputs: readonly CompiledColumn[]): CompiledColumn {
  const path = (item['column_names'] ?? []) as string[]
  const name = textAt(item, 'alias') || (item['class'] === 'COLUMN_REF' ? (path.at(-1) ?? '') : '')
  const resolve: Resolve = (words) => {
    const folded = words.map(fold)
    const isQualified = folded.length === 2 && folded[0] === table.alias
    if (folded.length !== 1 && !isQualified) return leaveToSql()
    const wanted = folded.at(-1)
    const found = table.columns.filter((column) => column.name === wanted)
    const isAlias = found.length === 0
    const [column] = isAlias ? outputs.filter((output) => output.name === wanted) : found
    return column && found.length < 2 ? typed(column.get(), isAlias) : leaveToSql()
  }
  return { name: fold(name), get: () => compileExpression(item, resolve) }
}

/** A literal behind a name: of a column it has a type of its own; what an alias makes of it is left to DuckDB. */
function typed(compiled: Compiled, isAlias: boolean): Compiled {
  if (!compiled.isLiteral) return compiled
  const isPlain = compiled.kind !== 'decimal' && compiled.kind !== 'null'
  return isPlain && !isAlias ? { ...compiled, isLiteral: false } : leaveToSql()
}

const fold = (name: string): string => name.toLowerCase()
