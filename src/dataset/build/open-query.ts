import { quoteName, type Lake } from '#platform'
import type { QueryColumn } from '../columns/layout.ts'
import { fail } from '../failures.ts'
import type { SourceColumns } from '../schema.ts'
import { parseSelect } from '../sql/parse-select.ts'
import { rowWise } from '../sql/row-wise.ts'
import { duckDbError, sqlFailure } from '../sql/sql-failure.ts'
import { sqlFunctions } from '../sql/sql-functions.ts'
import { partAt, partsOf, textAt, type Syntax } from '../sql/syntax.ts'

/** The SQL of a dataset, planned over its sources. */
export interface OpenedQuery {
  readonly sql: string
  readonly columns: readonly QueryColumn[]
  readonly sources: readonly SourceColumns[]
  /** Whether each of its rows comes from one row of one source. */
  readonly rowWise: boolean
  readonly warnings: readonly string[]
  /** Runs a statement that holds the SQL, and says where in it a run stopped. */
  run(statement: string): Promise<void>
}

/**
 * Makes the sources views of the session and plans the SQL over them.
 * @throws {Failure} `dataset/badSql`, `notOneSelect`, `unknownTable`, `readsFiles` or `unreadableSource`
 */
export async function openQuery(
  session: Lake,
  options: { readonly sql: string; readonly sources: Readonly<Record<string, string>>; readonly attempt: string },
): Promise<OpenedQuery> {
  const { attempt } = options
  const tables = Object.keys(options.sources)
  await session.run('set errors_as_json = true')
  const { sql, statement, reads } = await parseSelect(session, { attempt, sql: options.sql, sources: tables })
  const sources: SourceColumns[] = []
  for (const name of reads)
    sources.push(await openSource(session, { name, relation: options.sources[name] as string, attempt }))
  const columns = await session.describe(sql).catch((error: unknown) => {
    throw sqlFailure(error, { attempt, sql, tables, offset: 'describe '.length })
  })
  const functions = await sqlFunctions(session)
  return {
    sql,
    columns: columns.map(({ name, type }) => ({ name, sqlType: type })),
    sources,
    rowWise: rowWise(partAt(statement, 'node') ?? {}, { sources, functions }) !== null,
    warnings: called(statement, functions.unrepeatable).map(
      (name) =>
        `The SQL calls ${name}(), whose value differs from run to run: the same sources can give another dataset`,
    ),
    run: (statement) =>
      session.run(statement).catch((error: unknown) => {
        const offset = Buffer.byteLength(statement.slice(0, statement.indexOf(sql)))
        throw sqlFailure(error, { attempt, sql, tables, offset })
      }),
  }
}

/** Those of some functions that a statement calls, sorted. */
function called(statement: Syntax, functions: ReadonlySet<string>): string[] {
  const calls = [...partsOf(statement)].filter((part) => part['class'] === 'FUNCTION')
  const names = new Set(calls.map((part) => textAt(part, 'function_name').toLowerCase()))
  return [...names].filter((name) => functions.has(name)).sort()
}

async function openSource(
  session: Lake,
  { name, relation, attempt }: { name: string; relation: string; attempt: string },
): Promise<SourceColumns> {
  try {
    await session.run(`create temp view ${quoteName(name)} as select * from ${relation}`)
    return { name, columns: await session.describe(`select * from ${quoteName(name)}`) }
  } catch (error) {
    const told = duckDbError(error)
    if (!told) throw error
    throw fail(
      'unreadableSource',
      `${attempt}: source '${name}' cannot be read: ${told.exception_message.split('\n')[0]}`,
      {
        cause: error,
        details: { source: name },
      },
    )
  }
}
