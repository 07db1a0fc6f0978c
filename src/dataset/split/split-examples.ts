import type { Random } from '#platform'
import type { SplitSpec } from '#system'
import { fail } from '../failures.ts'
import type { Examples, Split } from '../schema.ts'
import { groupFolds, groupHoldout } from './split-by-group.ts'
import { rowFolds, rowHoldout } from './split-by-row.ts'
import { timeHoldout } from './split-by-time.ts'

export interface SplitOptions {
  /** The moment at which the training would run: what was not known then is in neither part. */
  readonly nowMs: number
  readonly random: Random
}

/**
 * Splits the rows whose outcome is known, as the system file says: one part for `time`, `random` and `group`, one per
 * fold for `k-fold`. Rows without a known outcome are in no part.
 *
 * @throws {Failure} `dataset/emptySplit` when a part has no row, `dataset/noTime` for a split by time without moments,
 * `dataset/unknownColumn` when the examples lack a column to group by
 */
export function splitExamples(examples: Examples, split: SplitSpec, options: SplitOptions): readonly Split[] {
  const parts = partsOf(examples, split, options)
  for (const { train, test, label } of parts)
    if (train.length === 0 || test.length === 0) throw emptyPart({ train, test, label }, examples)
  return parts
}

function partsOf(examples: Examples, split: SplitSpec, options: SplitOptions): readonly Split[] {
  const { random } = options
  const rows = knownRows(examples)
  switch (split.kind) {
    case 'time':
      return [timeHoldout(examples, split, options)]
    case 'random':
      return [rowHoldout(rows, { share: split.share, random })]
    case 'group':
      return [groupHoldout(examples, { rows, by: split.by, share: split.share, random })]
    case 'k-fold':
      return split.by === undefined || split.by.length === 0
        ? rowFolds(rows, { folds: split.folds, random })
        : groupFolds(examples, { rows, by: split.by, folds: split.folds, random })
    default:
      throw new TypeError(`Cannot split by '${(split as { kind: string }).kind}'`)
  }
}

/** Places of the rows whose outcome is known. */
function knownRows({ known }: Examples): Int32Array {
  const rows: number[] = []
  known.forEach((is, row) => is === 1 && rows.push(row))
  return Int32Array.from(rows)
}

function emptyPart({ train, test, label }: Split, examples: Examples): Error {
  const known = knownRows(examples).length
  const count = `${known} of ${examples.known.length} rows have a known outcome`
  return fail(
    'emptySplit',
    `Cannot split the rows: ${label} has ${train.length} to train on and ${test.length} to test on; ${count}`,
  )
}
