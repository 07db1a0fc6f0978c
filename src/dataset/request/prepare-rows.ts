import { cellOf, numberColumn, stringColumn, type Column, type Table } from '#platform'
import type { DatasetColumn } from '../schema.ts'
import type { HistoryLookup, HistoryValues } from './history-lookup.ts'
import { historyNotes, keptNotes } from './request-notes.ts'
import type { PlanState } from './plan-state.ts'

export interface PrepareRowsOptions {
  readonly state: PlanState
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly asOfMs: number
}

/** Makes the inputs of request rows: by the SQL, from the rows themselves, and from the histories. */
export async function prepareRows({
  state,
  rows,
  asOfMs,
}: PrepareRowsOptions): Promise<{ table: Table; notes: readonly string[] }> {
  const { dataset, form, check, query, run, histories, names } = state
  const checked = check(rows)
  const made = run ? await run(checked.source) : undefined
  const columns = new Map<string, Column>()
  query?.columns.forEach(({ name }, place) => columns.set(name, made?.columns[`c${place}`] as Column))
  for (const column of form.needed) {
    const values = checked.direct.get(column.name)
    if (values) columns.set(column.name, columnOf(values, column))
  }
  const moments = momentsOf(dataset.time === null ? undefined : columns.get(dataset.time), { rows, asOfMs })
  const notes = query?.tellsKept ? keptNotes(made?.columns['kept'] as Column) : []
  for (const history of histories) {
    const found = valuesOf(history, { columns, moments })
    history.table.columns.forEach((name, place) => {
      const values = checked.direct.get(name) as readonly (number | null)[] | undefined
      columns.set(name, values ? numberColumn(values) : columnAt(found, place))
    })
    if (!history.table.columns.every((name) => checked.direct.has(name)))
      notes.push(...historyNotes(history.table, { found, moments }))
  }
  const table = Object.fromEntries(names.map((name) => [name, columns.get(name) as Column]))
  return { table: { rowCount: rows.length, columns: table }, notes }
}

function columnAt(found: readonly HistoryValues[], place: number): Column {
  const values = new Float64Array(found.length)
  for (let row = 0; row < found.length; row++) values[row] = (found[row] as HistoryValues).values[place] as number
  return { kind: 'number', values }
}

const columnOf = (values: readonly (number | string | null)[], { type }: DatasetColumn): Column =>
  type === 'categorical' || type === 'text'
    ? stringColumn(values as (string | null)[])
    : numberColumn(values as (number | null)[])

/** The moment of each row: its own, or that of the request where it has none or a later one. */
function momentsOf(
  time: Column | undefined,
  { rows, asOfMs }: { rows: readonly unknown[]; asOfMs: number },
): readonly number[] {
  return rows.map((_, row) => {
    const own = time?.kind === 'number' ? (time.values[row] as number) : NaN
    return Number.isNaN(own) ? asOfMs : Math.min(own, asOfMs)
  })
}

function valuesOf(
  history: HistoryLookup,
  { columns, moments }: { columns: ReadonlyMap<string, Column>; moments: readonly number[] },
): readonly HistoryValues[] {
  const keys = history.table.by.map((name) => columns.get(name) as Column)
  return moments.map((moment, row) =>
    history.at(
      keys.map((key) => cellOf(key, row)),
      moment,
    ),
  )
}
