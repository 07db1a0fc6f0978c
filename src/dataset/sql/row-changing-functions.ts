import type { Lake } from '#platform'

/** Names of functions that make one row of many (aggregates) or many rows of one, in lower case. */
export async function rowChangingFunctions(lake: Lake): Promise<ReadonlySet<string>> {
  const rows = await lake.rows<{ name: string }>(
    `select distinct lower(function_name) as name from duckdb_functions() where function_type = 'aggregate' order by name`,
  )
  return new Set([...rows.map((row) => row.name), 'unnest', 'generate_subscripts'])
}
