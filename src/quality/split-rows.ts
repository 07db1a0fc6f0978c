import { quoteName, quoteText, type Digest, type Lake, type Workspace } from '#platform'
import type { CheckSpec } from '#system'
import { checkName } from './check-name.ts'
import { isRowCheck, rowCondition, type ColumnTypes } from './row-condition.ts'

/** The rows of a relation, split by some checks. */
export interface SplitRows {
  readonly kept: { readonly digest: Digest; readonly rows: number }
  readonly quarantined: {
    readonly digest: Digest
    readonly rows: number
    readonly reasons: Readonly<Record<string, number>>
  }
}

/** Column of the quarantined rows with the names of the checks that each breaks. */
export const reasonsColumn = 'millrace_reasons'

/**
 * Splits rows into those that break none of the checks and those that break any, with the reasons, as two Parquet files
 * in the order of the relation. Of rows that repeat a key, the first is kept.
 */
export async function splitRows(
  workspace: Workspace,
  { relation, checks }: { readonly relation: string; readonly checks: readonly CheckSpec[] },
): Promise<SplitRows> {
  return workspace.lake.session(async (lake) => {
    const described = await lake.describe(`select * from ${relation}`)
    const columns: ColumnTypes = new Map(described.map(({ name, type }) => [name, type]))
    const own = described.map(({ name }) => quoteName(name)).join(', ')
    const reasons = checks.flatMap((check, place) => {
      const isBroken = brokenSql(check, { columns, place })
      return isBroken === null ? [] : [`case when ${isBroken} then ${quoteText(checkName(check))} end`]
    })
    const judged = `select ${own}, list_filter([${reasons.join(', ')}], lambda reason: reason is not null) as ${reasonsColumn}
      from ${numbered(relation, checks)}`
    const keptPath = workspace.blobs.scratchPath('parquet')
    const badPath = workspace.blobs.scratchPath('parquet')
    await lake.run(
      `copy (select ${own} from (${judged}) where len(${reasonsColumn}) = 0) to ${quoteText(keptPath)} (format parquet, compression zstd)`,
    )
    await lake.run(
      `copy (select * from (${judged}) where len(${reasonsColumn}) > 0) to ${quoteText(badPath)} (format parquet, compression zstd)`,
    )
    const kept = { rows: await countRows(lake, keptPath), digest: await workspace.blobs.adopt(keptPath) }
    const rows = await countRows(lake, badPath)
    const byReason = await lake.rows<{ reason: string; n: number }>(
      `select reason, count(*) as n from (select unnest(${reasonsColumn}) as reason from read_parquet(${quoteText(badPath)})) group by 1 order by 1`,
    )
    return {
      kept,
      quarantined: {
        rows,
        reasons: Object.fromEntries(byReason.map(({ reason, n }) => [reason, n])),
        digest: await workspace.blobs.adopt(badPath),
      },
    }
  })
}

async function countRows(lake: Lake, path: string): Promise<number> {
  const [row] = await lake.rows<{ n: number }>(`select count(*) as n from read_parquet(${quoteText(path)})`)
  return row?.n ?? 0
}

/** SQL: whether a row breaks a check; null for checks that no single row breaks. */
function brokenSql(
  check: CheckSpec,
  { columns, place }: { readonly columns: ColumnTypes; readonly place: number },
): string | null {
  if (check.kind === 'unique') return `coalesce(millrace_copy_${place} > 1, false)`
  if (!isRowCheck(check)) return null
  const condition = rowCondition(check, columns)
  if ('problem' in condition) return null
  return check.where === undefined
    ? condition.isBroken
    : `(coalesce((${check.where}), false) and ${condition.isBroken})`
}

/** The relation with the number of each row among those with its key, where a check asks for unique keys. */
function numbered(relation: string, checks: readonly CheckSpec[]): string {
  const copies = checks.flatMap((check, place) => {
    if (check.kind !== 'unique') return []
    const keys = check.columns.map(quoteName)
    const isWhole = keys.map((key) => `${key} is not null`)
    if (check.where !== undefined) isWhole.push(`coalesce((${check.where}), false)`)
    const inScope = `(${isWhole.join(' and ')})`
    return [
      `case when ${inScope} then row_number() over (partition by ${inScope}, ${keys.join(', ')} order by millrace_place) end as millrace_copy_${place}`,
    ]
  })
  if (copies.length === 0) return relation
  return `(select * from (select *, ${copies.join(', ')} from (select *, row_number() over () as millrace_place from ${relation})) order by millrace_place)`
}
