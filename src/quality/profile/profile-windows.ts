import type { Field } from '#model'
import type { EpochMs, Workspace } from '#platform'
import type { Binning, ColumnProfile } from '../schema.ts'
import { binningOf, isText } from './binning-of.ts'
import { relationColumns } from './relation-columns.ts'
import { emptyTally, profileOf, type ColumnTally } from './tally.ts'
import { tallyNumbers } from './tally-numbers.ts'
import { tallyTexts } from './tally-texts.ts'
import { oneWindow, timeWindows, type TimeWindows } from './window-plan.ts'

/** What to profile in a relation. */
export interface ProfileWindowsOptions {
  /** SQL that can stand in FROM. */
  readonly relation: string
  readonly fields: readonly Field[]
  /** One for each field, in any order. */
  readonly binnings: readonly Binning[]
  /** Many windows by time; all rows are one window where absent. Rows without a moment are in no window. */
  readonly time?: TimeWindows | undefined
  /** The span of the one window, where `time` is absent; 0 where these are absent too. */
  readonly startMs?: EpochMs | undefined
  readonly endMs?: EpochMs | undefined
}

/**
 * Profiles of every column in every window: by field in the given order, then by window. A window without rows has a
 * profile with 0 rows, so that a day on which nothing came is seen as such.
 *
 * All numbers are read in one scan and added up in the order of the relation, which for files and tables is that of
 * their rows, whatever the number of threads; a relation that joins or groups has a fixed order with one thread only,
 * and with more of them the last digits of `sum` and `sumSquares` can differ from run to run. Counts never do. Text is
 * grouped in DuckDB, one query a column.
 *
 * @throws {Failure} `quality/unknownColumn`, `platform/badSql`
 * @throws RangeError when a field has no binning, one of the wrong kind, or the windows are none
 */
export async function profileWindows(
  { lake }: Pick<Workspace, 'lake'>,
  options: ProfileWindowsOptions,
): Promise<readonly ColumnProfile[]> {
  const { relation, fields, time, startMs = 0, endMs = 0 } = options
  const names = [...fields.map(({ name }) => name), ...(time ? [time.column] : [])]
  const columns = await relationColumns(lake, relation, names)
  const plan = time ? timeWindows(columns, time) : oneWindow(startMs, endMs)
  const tallies = fields.map((field): ColumnTally => {
    const binning = binningOf(options.binnings, field)
    return { field, binning, tally: emptyTally(plan.windows.length, binning) }
  })
  const texts = tallies.filter(({ field }) => isText(field.type))
  const numbers = tallies.filter(({ field }) => !isText(field.type))
  await tallyNumbers(lake, { relation, columns, plan }, numbers)
  await tallyTexts(lake, { relation, columns, plan }, texts)
  return tallies.flatMap(({ field: { name, type }, binning, tally }) =>
    plan.windows.map((span, window) => profileOf(tally, window, { column: name, type, binning, ...span })),
  )
}
