import { quoteName, quoteText, sliceRows, type Column, type Lake, type Table } from '#platform'
import type { Field } from '#model'
import type { TrainingData } from '../schema.ts'

/** What the columns of the files are called that are no inputs; null where there is none. */
export interface ColumnNames {
  readonly target: string
  readonly time: string | null
  readonly weight: string | null
}

/**
 * Writes rows to a Parquet file: the inputs by their names, the target (of classes the place among them), the moment and
 * the weight. Missing values are null.
 */
export async function writeRows(
  lake: Lake,
  data: TrainingData,
  to: { readonly file: string; readonly names: ColumnNames },
) {
  const columns = fileColumns(data, to.names)
  const table: Table = {
    rowCount: data.table.rowCount,
    columns: Object.fromEntries(columns.map(({ name, column }) => [name, column])),
  }
  await lake.session(async (session) => {
    const piece = `training_piece_${++pieces}`
    const all = quoteName(`training_rows_${pieces}`)
    try {
      // A piece at a time: to take in a large table at once would keep this process from everything else.
      for (let from = 0; from === 0 || from < table.rowCount; from += pieceRows) {
        await session.putTable(piece, sliceRows(table, from, Math.min(from + pieceRows, table.rowCount)))
        await session.run(
          from === 0 ? `create temporary table ${all} as from ${piece}` : `insert into ${all} from ${piece}`,
        )
      }
      const list = columns.map(({ name, type }) => `${type(quoteName(name))} as ${quoteName(name)}`).join(', ')
      await session.run(`copy (select ${list} from ${all}) to ${quoteText(to.file)} (format parquet)`)
    } finally {
      await session.run(`drop table if exists ${piece}`)
    }
  })
}

interface FileColumn {
  readonly name: string
  readonly column: Column
  /** SQL that makes the value of the file out of the number or text. */
  readonly type: (value: string) => string
}

function fileColumns(
  { inputs, table, target, times, weights }: TrainingData,
  names: ColumnNames,
): readonly FileColumn[] {
  const numbers = (values: Float64Array): Column => ({ kind: 'number', values })
  return [
    ...inputs.map(({ name, type }) => ({ name, column: table.columns[name] as Column, type: types[type] })),
    target.kind === 'classes'
      ? { name: names.target, column: numbers(Float64Array.from(target.labels)), type: integer }
      : { name: names.target, column: numbers(target.values), type: same },
    ...(times && names.time !== null ? [{ name: names.time, column: numbers(times), type: moment }] : []),
    ...(weights && names.weight !== null ? [{ name: names.weight, column: numbers(weights), type: same }] : []),
  ]
}

const same = (value: string): string => value
const integer = (value: string): string => `${value}::bigint`
const moment = (value: string): string => `make_timestamp((${value} * 1000)::bigint)`

const types: Readonly<Record<Field['type'], FileColumn['type']>> = {
  numeric: same,
  boolean: (value) => `${value}::boolean`,
  timestamp: moment,
  categorical: same,
  text: same,
}

const pieceRows = 5000
let pieces = 0
