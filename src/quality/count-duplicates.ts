import { quoteName, type Lake } from '#platform'
import type { CheckSpec } from '#system'

/**
 * Rows that repeat the key of another, the first of each left out; keys with a null are distinct, as in SQL.
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
  const list = keys.join(', ')
  const rows = await lake.rows<
    Record<string, unknown> & { copies: number; millrace_extra: number; millrace_keys: number }
  >(`
    with repeated as (
      select ${list}, count(*) as copies from ${relation} where ${conditions.join(' and ')}
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
