import { quoteName, quoteText, type Lake } from '#platform'
import type { Layout } from '../columns/layout.ts'
import { fail } from '../failures.ts'

/** What one pass over the staged rows finds. */
export interface RowSurvey {
  readonly rows: number
  /** Rows without a moment; they are left out of the dataset. */
  readonly withoutTime: number
  readonly timeRange: { readonly fromMs: number; readonly toMs: number } | null
  readonly missingTargets: number
  /** Columns that are null in every row. */
  readonly emptyColumns: readonly string[]
}

/**
 * Counts the staged rows and refuses those that nothing can be learned from.
 * @throws {Failure} `dataset/emptyDataset`, `noTarget` or `badWeight`
 */
export async function surveyRows(
  session: Lake,
  { file, layout, attempt }: { file: string; layout: Layout; attempt: string },
): Promise<RowSurvey> {
  const { time, target, weight, columns } = layout
  const kept = time === null ? 'true' : `${quoteName(time)} is not null`
  const found = await session.rows<Record<string, number | null>>(
    `select count(*) as rows, count(*) filter (${kept}) as kept,
       ${time === null ? 'null, null' : `epoch_ms(min(${quoteName(time)})) as first, epoch_ms(max(${quoteName(time)})) as last`},
       ${weight === null ? '0' : `count(*) filter (${quoteName(weight)} is null or not ${quoteName(weight)} >= 0)`} as light,
       ${columns.map((column, place) => `count(${quoteName(column.name)}) filter (${kept}) as c${place}`).join(', ')}
     from read_parquet(${quoteText(file)})`,
  )
  const counts = found[0] as Record<string, number | null>
  const rows = counts['kept'] as number
  if (counts['rows'] === 0) throw fail('emptyDataset', `${attempt}: the SQL gives no row`)
  if (rows === 0) throw fail('emptyDataset', `${attempt}: the time '${time}' is null in all ${counts['rows']} rows`)
  const present = (name: string): number => counts[`c${columns.findIndex((column) => column.name === name)}`] as number
  if (present(target) === 0) throw fail('noTarget', `${attempt}: the target '${target}' is null in all ${rows} rows`)
  if (weight !== null && (counts['light'] as number) > 0)
    throw fail('badWeight', `${attempt}: the weight '${weight}' is null or below 0 in ${counts['light']} rows`)
  return {
    rows,
    withoutTime: (counts['rows'] as number) - rows,
    timeRange: time === null ? null : { fromMs: counts['first'] as number, toMs: (counts['last'] as number) + 1 },
    missingTargets: rows - present(target),
    emptyColumns: columns.map((column) => column.name).filter((name) => present(name) === 0),
  }
}
