import { durationMs, quoteName } from '#platform'
import type { SystemSpec } from '#system'
import { fail } from '../failures.ts'
import { planHistory, type HistoryPlan } from '../history/plan-history.ts'
import type { ColumnRole } from '../schema.ts'
import { castColumn, fieldTypeOf } from './cast-column.ts'
import { checkNames } from './check-names.ts'
import type { LaidColumn, Layout, LayoutOptions, QueryColumn } from './layout.ts'
import { sqlKind } from './sql-kind.ts'

/**
 * Gives every column of the SQL its use and its type, and refuses a system file that does not fit the SQL.
 * @throws {Failure} `dataset/unknownColumn`, `duplicateColumn`, `reservedColumn`, `targetIsInput`, `historyNeedsTime`,
 * `noInputs` or `badType`
 */
export function layOutColumns(given: readonly QueryColumn[], { spec, attempt }: LayoutOptions): Layout {
  const { framing, dataset } = spec
  const histories = dataset.history.map((one) => planHistory(one, durationMs(framing.outcomeAfter)))
  checkNames(given, { spec, attempt, histories })
  const aside = new Set([framing.target, framing.time, dataset.weight])
  const outcomes = new Set(histories.map((history) => history.of).filter((name) => !aside.has(name)))
  const all = [
    ...given.map((column) => column.name),
    ...histories.flatMap((one) => one.columns.map(({ name }) => name)),
  ]
  const inputs = dataset.inputs ?? all.filter((name) => !aside.has(name) && !outcomes.has(name))
  if (inputs.length === 0)
    throw fail('noInputs', `${attempt}: the SQL gives ${all.join(', ')}, and none of them is left for the inputs`)
  const columns = given.map((column) => layOut(column, { spec, attempt, inputs: new Set(inputs) }))
  for (const history of histories) checkHistory(history, { columns, attempt })
  return {
    columns,
    histories,
    inputs,
    time: framing.time ?? null,
    target: framing.target,
    weight: dataset.weight ?? null,
    warnings: dataset.inputs ? [] : [...outcomes].map(outcomeLeftOut),
  }
}

const outcomeLeftOut = (name: string): string =>
  `'${name}' is an outcome that a history reads, so it was left out of the inputs; list it in dataset.inputs if it is known when a prediction is made`

function layOut(column: QueryColumn, options: LayoutOptions & { inputs: ReadonlySet<string> }): LaidColumn {
  const { spec, attempt, inputs } = options
  const { framing, dataset } = spec
  const { name, sqlType } = column
  const isInput = inputs.has(name)
  const role = roleOf(name, { spec, isInput })
  const wanted = dataset.types[name]
  const own = fieldTypeOf(sqlType)
  if (name === framing.time && sqlKind(sqlType) !== 'timestamp' && wanted !== 'timestamp')
    throw fail('badType', `${attempt}: the time column '${name}' is ${sqlType}, not a timestamp`, {
      remedy: `Cast it in the SQL: cast(${name} as timestamp), or make_timestamp_ms(${name}) for epoch milliseconds`,
      details: { column: name, type: sqlType },
    })
  const type = wanted ?? own
  const stored = type === null ? undefined : castColumn(column, type)
  if (type !== null && stored !== undefined && (own !== null || wanted !== undefined)) {
    checkUse({ name, sqlType, type }, { spec, attempt })
    return { name, sqlType, type, typeGiven: wanted !== undefined, role, stored }
  }
  if (role === 'other')
    return { name, sqlType, type: 'text', typeGiven: true, role, stored: `cast(${quoteName(name)} as varchar)` }
  const use = wanted === undefined ? `cannot be used as ${role}` : `cannot be made ${wanted}`
  throw fail('badType', `${attempt}: column '${name}' is ${sqlType}, which ${use}`, {
    details: { column: name, type: sqlType },
  })
}

function roleOf(name: string, { spec, isInput }: { spec: SystemSpec; isInput: boolean }): ColumnRole {
  const { framing, dataset } = spec
  if (name === framing.target) return 'target'
  if (name === framing.time) return 'time'
  if (name === dataset.weight) return 'weight'
  if (isInput) return 'input'
  return framing.entity.includes(name) ? 'entity' : 'other'
}

function checkUse(column: Pick<LaidColumn, 'name' | 'sqlType' | 'type'>, { spec, attempt }: LayoutOptions): void {
  const { name, sqlType, type } = column
  const mustBeNumber =
    name === spec.dataset.weight || (name === spec.framing.target && spec.framing.task === 'regression')
  if (!mustBeNumber || type === 'numeric') return
  const use = name === spec.dataset.weight ? 'the weight' : 'the target of a regression'
  throw fail('badType', `${attempt}: ${use} '${name}' is ${sqlType}, not a number`, {
    details: { column: name, type: sqlType },
  })
}

function checkHistory(
  history: HistoryPlan,
  { columns, attempt }: { columns: readonly LaidColumn[]; attempt: string },
): void {
  const of = columns.find((column) => column.name === history.of)
  if (history.aggregate === 'count' || of?.type === 'numeric' || of?.type === 'boolean') return
  throw fail(
    'badType',
    `${attempt}: history '${history.name}' takes the ${history.aggregate} of '${history.of}', which is ${of?.sqlType}`,
    { details: { column: history.of, type: of?.sqlType } },
  )
}
