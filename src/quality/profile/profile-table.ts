import type { Field } from '#model'
import { numbersOf, type EpochMs, type StringColumn, type Table } from '#platform'
import type { Binning, ColumnProfile } from '../schema.ts'
import { addNumbers } from './add-numbers.ts'
import { addColumn } from './add-texts.ts'
import { binningOf, isText } from './binning-of.ts'
import { numberBins } from './number-bins.ts'
import { emptyTally, profileOf } from './tally.ts'

/** What to profile in a table, and the window its rows are of. */
export interface ProfileTableOptions {
  readonly fields: readonly Field[]
  /** One for each field, in any order. */
  readonly binnings: readonly Binning[]
  readonly startMs: EpochMs
  readonly endMs: EpochMs
}

/**
 * The profiles of columns in memory, one for each field, in the order of the fields: the same that `profileWindows`
 * makes of the same rows in the lake.
 *
 * Numbers are added up row by row, so the sums do not depend on anything but the rows. Squares that no double holds
 * stop at the greatest one.
 *
 * @throws RangeError when a field has no binning, a binning of the wrong kind, or no column of its type
 */
export function profileTable(table: Table, options: ProfileTableOptions): readonly ColumnProfile[] {
  const { fields, binnings, startMs, endMs } = options
  const windows = new Int32Array(table.rowCount)
  return fields.map(({ name, type }) => {
    const binning = binningOf(binnings, { name, type })
    const tally = emptyTally(1, binning)
    if (isText(type)) addColumn(tally, textOf(table, name), binning)
    else {
      const edges = binning.kind === 'edges' ? binning.edges : []
      addNumbers(tally, { values: numbersOf(table, name), windows, type }, numberBins(edges))
    }
    return profileOf(tally, 0, { column: name, type, binning, startMs, endMs })
  })
}

function textOf(table: Table, name: string): StringColumn {
  const column = table.columns[name]
  if (column?.kind !== 'string') throw new RangeError(`Cannot profile text: the table has no text column '${name}'`)
  return column
}
