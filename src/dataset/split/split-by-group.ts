import { cellOf, type Random } from '#platform'
import { fail } from '../failures.ts'
import type { Examples, Split } from '../schema.ts'
import { suggestion } from '../sql/nearest-name.ts'
import { ascending } from './split-by-row.ts'

export interface GroupOptions {
  readonly rows: Int32Array
  /** Columns that name a group. */
  readonly by: readonly string[]
  readonly random: Random
}

/** Holds whole groups out, taken at random until they hold the share of the rows; at least one group stays. */
export function groupHoldout(examples: Examples, options: GroupOptions & { readonly share: number }): Split {
  const { rows, by, random, share } = options
  const groups = random.shuffle(groupsOf(examples, { rows, by }))
  const test: number[] = []
  const train: number[] = []
  groups.forEach((group, place) => {
    const isLast = place === groups.length - 1
    const wanted = test.length < rows.length * share && !(isLast && train.length === 0)
    ;(wanted ? test : train).push(...group)
  })
  return { train: ascending(train), test: ascending(test), label: `${Math.round(share * 100)} % by ${by.join(', ')}` }
}

/** Deals whole groups to folds, the largest first and each to the smallest fold; each fold is the test of one split. */
export function groupFolds(examples: Examples, options: GroupOptions & { readonly folds: number }): readonly Split[] {
  const { rows, by, random, folds } = options
  const groups = random.shuffle(groupsOf(examples, { rows, by })).sort((a, b) => b.length - a.length)
  const parts: number[][] = Array.from({ length: folds }, () => [])
  for (const group of groups) {
    const smallest = parts.reduce((least, part) => (part.length < least.length ? part : least))
    smallest.push(...group)
  }
  return parts.map((test, fold) => ({
    train: ascending(parts.filter((part) => part !== test).flat()),
    test: ascending(test),
    label: `fold ${fold + 1} of ${folds} by ${by.join(', ')}`,
  }))
}

/** Rows of each group, in order of first appearance; missing values are a group like any other. */
function groupsOf(
  { table }: Examples,
  { rows, by }: { rows: Int32Array; by: readonly string[] },
): readonly (readonly number[])[] {
  const columns = by.map((name) => {
    const column = table.columns[name]
    if (column) return column
    throw fail(
      'unknownColumn',
      `Cannot split the rows by '${name}': they were read without it${suggestion(name, Object.keys(table.columns))}`,
      {
        remedy: `Select the column in the SQL of the dataset and read it along`,
        details: { column: name },
      },
    )
  })
  const groups = new Map<string, number[]>()
  for (const row of rows) {
    const key = JSON.stringify(columns.map((column) => cellOf(column, row)))
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return [...groups.values()]
}
