import { iso, type Column } from '#platform'
import type { HistoryTable } from '../schema.ts'
import type { HistoryValues } from './history-lookup.ts'

/** Says which rows the condition of the dataset would have left out of the training. */
export function keptNotes(kept: Column): string[] {
  if (kept.kind !== 'number') return []
  const rows = [...kept.values.keys()].filter((row) => kept.values[row] === 0)
  if (rows.length === 0) return []
  return [`The WHERE of the dataset leaves out rows like ${rowsText(rows)}: nothing like them was learned from`]
}

/** Says where the values of a history are older than the request, or the entity has none. */
export function historyNotes(
  table: HistoryTable,
  { found, moments }: { found: readonly HistoryValues[]; moments: readonly number[] },
): string[] {
  const rowsWhere = (is: (values: HistoryValues) => boolean): number[] =>
    found.flatMap((values, row) => (is(values) ? [row] : []))
  const notes: string[] = []
  const old = rowsWhere((values) => values.isOld)
  const oldest = old[0]
  if (oldest !== undefined) {
    const days = Math.ceil(((moments[oldest] as number) - (found[oldest] as HistoryValues).refreshMs) / dayMs)
    notes.push(
      `The newest values of '${table.name}' are of ${iso((found[oldest] as HistoryValues).refreshMs)}, up to ${days} days before ${rowsText(old)}`,
    )
  }
  const unknown = rowsWhere((values) => !values.isKnown)
  if (unknown.length > 0)
    notes.push(`'${table.name}' knows nothing of the ${table.by.join(' and ')} of ${rowsText(unknown)}`)
  return notes
}

const dayMs = 86_400_000
const mostRows = 5

function rowsText(rows: readonly number[]): string {
  const shown = rows.slice(0, mostRows).join(', ')
  const more = rows.length > mostRows ? ` and ${rows.length - mostRows} more` : ''
  return `row${rows.length === 1 ? '' : 's'} ${shown}${more}`
}
