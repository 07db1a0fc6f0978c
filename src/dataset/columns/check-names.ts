import { fail } from '../failures.ts'
import type { HistoryPlan } from '../history/plan-history.ts'
import { suggestion } from '../sql/nearest-name.ts'
import type { LayoutOptions, QueryColumn } from './layout.ts'

/**
 * Refuses names of the system file that the SQL does not give, and names that stand twice.
 * @throws {Failure} `dataset/unknownColumn`, `duplicateColumn`, `reservedColumn`, `targetIsInput` or `historyNeedsTime`
 */
export function checkNames(
  given: readonly QueryColumn[],
  { spec, attempt, histories }: LayoutOptions & { histories: readonly HistoryPlan[] },
): void {
  const { framing, dataset } = spec
  const own = given.map((column) => column.name)
  const made = histories.flatMap((history) => history.columns.map((column) => column.name))
  checkUnique([...own, ...made], attempt)
  const known = (path: string, names: readonly string[], among: readonly string[]): void => {
    for (const name of names)
      if (!among.includes(name))
        throw fail(
          'unknownColumn',
          `${attempt}: ${path} names '${name}', which the SQL does not give${suggestion(name, among)}`,
          {
            details: { path, column: name, columns: among },
          },
        )
  }
  known('framing.target', [framing.target], own)
  known('framing.time', framing.time === undefined ? [] : [framing.time], own)
  known('framing.entity', framing.entity, own)
  known('dataset.weight', dataset.weight === undefined ? [] : [dataset.weight], own)
  known('dataset.types', Object.keys(dataset.types), own)
  dataset.history.forEach((history, place) => {
    known(`dataset.history[${place}].of`, [history.of], own)
    known(`dataset.history[${place}].by`, history.by, own)
  })
  known('dataset.inputs', dataset.inputs ?? [], [...own, ...made])
  known('serving.log.withhold', spec.serving?.log.withhold ?? [], [...own, ...made])
  if (dataset.inputs?.includes(framing.target))
    throw fail('targetIsInput', `${attempt}: dataset.inputs lists the target '${framing.target}'`)
  if (histories.length > 0 && framing.time === undefined)
    throw fail('historyNeedsTime', `${attempt}: dataset.history is given, framing.time is not`)
}

function checkUnique(names: readonly string[], attempt: string): void {
  const seen = new Set<string>()
  for (const name of names) {
    const folded = name.toLowerCase()
    if (reserved.has(folded))
      throw fail('reservedColumn', `${attempt}: a column is named '${name}'`, { details: { column: name } })
    if (seen.has(folded))
      throw fail(
        'duplicateColumn',
        `${attempt}: two columns are named '${name}' (capital letters make no difference)`,
        {
          details: { column: name },
        },
      )
    seen.add(folded)
  }
}

/** Names that reading a Parquet file or a history table takes. */
const reserved: ReadonlySet<string> = new Set(['file_row_number', 'as_of'])
