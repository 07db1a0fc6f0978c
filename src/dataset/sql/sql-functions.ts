import type { Lake } from '#platform'

/** What DuckDB's functions do that matters to a dataset; names in lower case. */
export interface SqlFunctions {
  /** They make one row of many (aggregates) or many of one. */
  readonly rowChanging: ReadonlySet<string>
  /** Their value differs from run to run, as that of `random` and `now` does. */
  readonly unrepeatable: ReadonlySet<string>
}

let known: Promise<SqlFunctions> | undefined

/** Asks DuckDB for its functions, once: they are the same in every lake. */
export function sqlFunctions(lake: Lake): Promise<SqlFunctions> {
  known ??= readFunctions(lake)
  known.catch(() => (known = undefined))
  return known
}

async function readFunctions(lake: Lake): Promise<SqlFunctions> {
  const rows = await lake.rows<{ name: string; type: string }>(
    `select distinct lower(function_name) as name, function_type as type from duckdb_functions()
     where function_type = 'aggregate' or (function_type = 'scalar' and stability <> 'CONSISTENT')`,
  )
  const ofType = (type: string): string[] => rows.filter((row) => row.type === type).map((row) => row.name)
  return {
    rowChanging: new Set([...ofType('aggregate'), 'unnest', 'generate_subscripts']),
    unrepeatable: new Set(ofType('scalar')),
  }
}
