import { numbersOf, quoteName, quoteText, type Lake } from '#platform'
import { addTexts } from './add-texts.ts'
import { binOf, numberBins } from './number-bins.ts'
import { textSql } from './relation-columns.ts'
import type { ColumnTally } from './tally.ts'
import type { WindowedRelation } from './window-plan.ts'

/** Adds all columns of text, one query each: rows by window, bin and length. */
export async function tallyTexts(lake: Lake, source: WindowedRelation, tallies: readonly ColumnTally[]): Promise<void> {
  if (tallies.length === 0) return
  const few = await fewValued(lake, source, tallies)
  for (const column of tallies) await tallyText(lake, { ...source, isFew: few.has(column.field.name) }, column)
}

/** Text of few values is grouped by value first, which DuckDB does by dictionary; other text row by row. */
async function tallyText(
  lake: Lake,
  { relation, columns, plan, isFew }: WindowedRelation & { isFew: boolean },
  { field, binning, tally }: ColumnTally,
): Promise<void> {
  const text = textSql(columns, field.name)
  const rows = `select ${plan.windowSql} as w, ${text} as t, ${isFew ? 'count(*)' : '1'} as n
    from ${relation} ${plan.whereSql} ${isFew ? 'group by w, t' : ''}`
  const values = binning.kind === 'values' ? binning.values : []
  const bins = values.map((value, bin) => `(${quoteText(value)}, ${bin})`).join(', ')
  // A text that is empty is none: the length of nothing is null.
  const groups = await lake.table(`
    select w::double as w, ${bins ? 'bin::double' : '-1.0'} as bin, length(nullif(t, ''))::double as length,
      sum(n)::double as n
    from (${rows}) ${bins ? `left join (values ${bins}) as bins(value, bin) on t = value` : ''}
    group by all`)
  const [window, bin, length, count] = ['w', 'bin', 'length', 'n'].map((name) => numbersOf(groups, name)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const edges = binning.kind === 'edges' ? numberBins(binning.edges) : null
  for (let row = 0; row < groups.rowCount; row++) {
    const [w, size, n] = [window[row] as number, length[row] as number, count[row] as number]
    if (Number.isNaN(size)) {
      tally.nulls[w] = (tally.nulls[w] as number) + n
      continue
    }
    const found = bin[row] as number
    const place = edges ? binOf(edges, size) : found >= 0 ? found : values.length
    addTexts(tally, { window: w, bin: place, length: size, rows: n })
  }
}

/** Names of columns with few values, judged by the first rows. */
async function fewValued(
  lake: Lake,
  { relation, columns }: WindowedRelation,
  tallies: readonly ColumnTally[],
): Promise<ReadonlySet<string>> {
  const names = tallies.map(({ field }) => field.name)
  const counts = names.map((name, place) => `count(distinct ${textSql(columns, name)}) as c${place}`)
  const [row] = await lake.rows<Record<string, number>>(
    `select ${counts.join(', ')} from (select ${names.map(quoteName).join(', ')} from ${relation} limit ${firstRows})`,
  )
  return new Set(names.filter((_, place) => (row?.[`c${place}`] ?? 0) <= fewValues))
}

const firstRows = 20_000
const fewValues = 5000
