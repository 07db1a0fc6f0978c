import type { Lake } from '#platform'
import { partsOf, textAt, type Syntax } from './syntax.ts'

/** Functions in a statement whose value differs from run to run, such as `random` and `now`, sorted. */
export async function unrepeatableFunctions(lake: Lake, statement: Syntax): Promise<readonly string[]> {
  const called = new Set(
    [...partsOf(statement)]
      .filter((part) => part['class'] === 'FUNCTION')
      .map((part) => textAt(part, 'function_name').toLowerCase()),
  )
  if (called.size === 0) return []
  const rows = await lake.rows<{ name: string }>(
    `select distinct lower(function_name) as name from duckdb_functions()
     where function_type = 'scalar' and stability <> 'CONSISTENT' order by name`,
  )
  return rows.map((row) => row.name).filter((name) => called.has(name))
}
