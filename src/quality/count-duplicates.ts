import { quoteName, type Lake } from '#platform'
import type { CheckSpec } from '#system'

/**
 * Rows that repeat the key of another, the first of each left out; keys with a null are distinct, as in SQL.
 *
 * Equal keys have equal hashes: first the hashes that repeat are found, in 8 bytes a row however wide the key is, then
 * only the few rows that have one are compared by their keys.
 * @returns their number, the number of keys that repeat, and the most frequent of those keys
 */
export async function countDuplicates(
  lake: Lake,
  { relation, check }: { readonly relation: string; readonly check: Extract<CheckSpec, { kind: 'unique' }> },
): Promise<{
  readonly extra: number
  readonly observed: { readonly repeatedKeys: number }
  readonly sample: readonly Record<string, unknown>[]
}> {
  const keys = check.columns.map(quoteName)
  const conditions = keys.map((key) => `${key} is not null`)
  if (check.where !== undefined) conditions.push(`coalesce((${check.where}), false)`)
  const isWhole = conditions.join(' and ')
  const list = keys.join(', ')
  const rows = await lake.rows<
    Record<string, unknown> & { copies: number; millrace_extra: number; millrace_keys: number }
  >(`
    with doubtful as materialized (
      select hash(${list}) as h from ${relation} where ${isWhole} group by h having count(*) > 1),
    repeated as (
      select ${list}, count(*) as copies from ${relation}
      where ${isWhole} and hash(${list}) in (select h from doubtful)
      group by ${list} having count(*) > 1)
    select *, sum(copies - 1) over () as millrace_extra, count(*) over () as millrace_keys
    from repeated order by copies desc, ${list} limit ${sampleKeys}`)
  return {
    extra: rows[0]?.millrace_extra ?? 0,
    observed: { repeatedKeys: rows[0]?.millrace_keys ?? 0 },
    sample: rows.map(({ millrace_extra: _extra, millrace_keys: _keys, ...key }) => key),
  }
}

const sampleKeys = 5
