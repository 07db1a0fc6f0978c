import { quoteName, quoteText } from '#platform'
import type { Layout } from '../columns/layout.ts'

/** Options of every Parquet file of rows: groups small enough that a day of rows reads two or three of them. */
export const rowFileOptions = 'format parquet, row_group_size 20480, compression snappy'

export interface StageOptions {
  /** The SELECT of the dataset; its sources are views of the session. */
  readonly sql: string
  readonly layout: Layout
  /** Whether each row comes from one row of a source, whose order then settles ties in time. */
  readonly rowWise: boolean
  readonly file: string
}

/**
 * The statement that runs the SQL of a dataset into a Parquet file, each column in its stored form.
 *
 * Rows stand in order of time, those without one last; equal moments (and everything, where the dataset has no time)
 * keep the order of the source, or are ordered by their values where rows come from several rows.
 */
export function stageSql({ sql, layout, rowWise, file }: StageOptions): string {
  const names = layout.columns.map((column) => quoteName(column.name))
  const stored = layout.columns.map((column, place) => `${column.stored} as ${names[place]}`)
  const time = layout.time === null ? [] : [`${quoteName(layout.time)} nulls last`]
  const ties = rowWise ? [rowNumber] : names
  const numbered = rowWise ? [...stored, `row_number() over () as ${rowNumber}`] : stored
  return `copy (select ${names.join(', ')} from (select ${numbered.join(', ')} from (\n${sql}\n))
     order by ${[...time, ...ties].join(', ')}) to ${quoteText(file)} (${rowFileOptions})`
}

const rowNumber = '"row number of the source"'
