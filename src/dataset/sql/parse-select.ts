import { quoteText, type Lake } from '#platform'
import { fail } from '../failures.ts'
import { at, unknownTable } from './sql-failure.ts'
import { listAt, partAt, partsOf, readSyntax, textAt, type Syntax } from './syntax.ts'

/** A parsed SELECT that reads its sources and nothing else. */
export interface ParsedSelect {
  /** The statement without the semicolon. */
  readonly sql: string
  /** DuckDB's tree of it: `{ node, named_param_map }`. */
  readonly statement: Syntax
  /** Sources that it reads, in order of first appearance. */
  readonly reads: readonly string[]
}

/**
 * Parses the SQL of a dataset and checks what it reads, without touching a row.
 * @param options.sources names that it may read
 * @throws {Failure} `dataset/badSql`, `notOneSelect`, `unknownTable` or `readsFiles`
 */
export async function parseSelect(
  lake: Lake,
  options: { readonly attempt: string; readonly sql: string; readonly sources: readonly string[] },
): Promise<ParsedSelect> {
  const { attempt, sources } = options
  const sql = options.sql.replace(closing, '')
  const statements = listAt(await serialise(lake, { attempt, sql }), 'statements')
  const [statement] = statements
  if (!statement || statements.length > 1)
    throw fail('notOneSelect', `${attempt}: the SQL holds ${statements.length} statements`)
  return { sql, statement, reads: tablesRead(statement, { attempt, sql, sources }) }
}

/** A closing semicolon and what may stand behind it: spaces and comments. */
const closing = /;(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*$/

async function serialise(lake: Lake, { attempt, sql }: { attempt: string; sql: string }): Promise<Syntax> {
  const [row] = await lake.rows<{ tree: string }>(`select json_serialize_sql(${quoteText(sql)}) as tree`)
  const tree = readSyntax(row?.tree ?? '{}')
  if (tree['error'] !== true) return tree
  const message = textAt(tree, 'error_message')
  if (tree['error_type'] === 'not implemented')
    throw fail('notOneSelect', `${attempt}: the SQL is not a SELECT statement`)
  const letters = textAt(tree, 'position')
  // The parser counts letters where the planner counts bytes.
  const position = letters === '' ? undefined : bytesBefore(sql, Number(letters))
  throw at('badSql', { attempt, sql, message, position })
}

/** Bytes of UTF-8 before a letter, as Unicode counts letters. */
function bytesBefore(sql: string, letters: number): number {
  return Buffer.byteLength(Array.from(sql).slice(0, letters).join(''))
}

function tablesRead(
  statement: Syntax,
  { attempt, sql, sources }: { attempt: string; sql: string; sources: readonly string[] },
): readonly string[] {
  const parts = [...partsOf(statement)]
  const steps = new Set(parts.flatMap((part) => commonTables(part)).map(fold))
  const bySource = new Map(sources.map((name) => [fold(name), name]))
  const reads = new Set<string>()
  for (const part of parts) {
    const place = part['query_location']
    const position = typeof place === 'number' ? place : undefined
    if (part['type'] === 'BASE_TABLE') {
      const name = [textAt(part, 'catalog_name'), textAt(part, 'schema_name'), textAt(part, 'table_name')]
        .filter((word) => word !== '')
        .join('.')
      const source = bySource.get(fold(name))
      if (source !== undefined) reads.add(source)
      else if (!steps.has(fold(name))) throw unknownTable({ attempt, sql, tables: sources, name, position })
    }
    if (part['type'] === 'TABLE_FUNCTION') {
      const name = textAt(partAt(part, 'function') ?? {}, 'function_name')
      if (!harmless.has(fold(name)))
        throw at('readsFiles', { attempt, sql, position, message: `the SQL calls the table function '${name}'` })
    }
  }
  return [...reads]
}

const fold = (name: string): string => name.toLowerCase()

/** Table functions that make rows of their arguments alone. */
const harmless: ReadonlySet<string> = new Set(['range', 'generate_series', 'unnest'])

/** Names of the steps in a WITH clause. */
function commonTables(part: Syntax): string[] {
  const steps = partAt(part, 'cte_map')
  return steps ? listAt(steps, 'map').map((step) => textAt(step, 'key')) : []
}
