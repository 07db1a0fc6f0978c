import { expect, test } from 'vitest'
import type { SystemInput } from '#system'
import { testSystem } from '../fixtures/test-workspace.ts'
import { layOutColumns } from './lay-out-columns.ts'
import type { Layout } from './layout.ts'

const given = [
  { name: 'date', sqlType: 'DATE' },
  { name: 'origin', sqlType: 'VARCHAR' },
  { name: 'hour', sqlType: 'BIGINT' },
  { name: 'delay', sqlType: 'DOUBLE' },
  { name: 'late', sqlType: 'BOOLEAN' },
  { name: 'tags', sqlType: 'VARCHAR[]' },
]
const history = { name: 'late_by_origin', of: 'late', by: ['origin'], over: ['1d' as const, '7d' as const] }

function layOut(
  framing: Partial<SystemInput['framing']> = {},
  dataset: Partial<SystemInput['dataset']> = {},
  columns = given.slice(0, 5),
): Layout {
  const { spec } = testSystem(
    { task: 'binary', target: 'late', time: 'date', ...framing },
    { sql: 'select * from events', ...dataset },
  )
  return layOutColumns(columns, { spec, attempt: 'Cannot build' })
}

test('layOutColumns() takes all but target, time and weight for inputs, history columns included', () => {
  const { inputs } = layOut({}, { history: [history], weight: 'hour' })
  expect(inputs).toEqual(['origin', 'delay', 'late_by_origin_1d', 'late_by_origin_7d'])
})

test('layOutColumns() leaves an outcome that a history reads out of the inputs, unless it is listed', () => {
  const ofDelay = { ...history, of: 'delay' }
  const left = layOut({}, { history: [ofDelay] })
  expect(left.inputs).not.toContain('delay')
  expect(left.warnings.join()).toContain("'delay' is an outcome that a history reads")
  const listed = layOut({}, { history: [ofDelay], inputs: ['delay', 'date'] })
  expect(listed).toMatchObject({ inputs: ['delay', 'date'], warnings: [] })
})

test('layOutColumns() gives every column one role and the form it is stored in', () => {
  const { columns } = layOut(
    { entity: ['origin', 'hour'] },
    { inputs: ['origin', 'date'], types: { hour: 'categorical' } },
  )
  expect(columns.map(({ name, role, type, stored }) => [name, role, type, stored])).toEqual([
    ['date', 'time', 'timestamp', 'cast("date" as timestamp)'],
    ['origin', 'input', 'categorical', '"origin"'],
    ['hour', 'entity', 'categorical', 'cast("hour" as varchar)'],
    ['delay', 'other', 'numeric', '"delay"'],
    ['late', 'target', 'boolean', '"late"'],
  ])
})

test('layOutColumns() keeps a column of a type that no model reads, as long as it is no input', () => {
  const { columns } = layOut({}, { inputs: ['hour'] }, given)
  expect(columns.at(-1)).toMatchObject({ name: 'tags', role: 'other', stored: 'cast("tags" as varchar)' })
})

test.each<[string, string, () => Layout]>([
  [
    'unknownColumn',
    "framing.target names 'lat', which the SQL does not give; did you mean 'late'?",
    () => layOut({ target: 'lat' }),
  ],
  ['unknownColumn', "framing.time names 'dat'", () => layOut({ time: 'dat' })],
  [
    'unknownColumn',
    "framing.entity names 'orign', which the SQL does not give; did you mean 'origin'?",
    () => layOut({ entity: ['orign'] }),
  ],
  ['unknownColumn', "dataset.weight names 'w'", () => layOut({}, { weight: 'w' })],
  [
    'unknownColumn',
    "dataset.types names 'Hour', which the SQL does not give; did you mean 'hour'?",
    () => layOut({}, { types: { Hour: 'numeric' } }),
  ],
  [
    'unknownColumn',
    "dataset.inputs names 'late_by_origin_2d', which the SQL does not give; did you mean 'late_by_origin_1d'?",
    () => layOut({}, { history: [history], inputs: ['late_by_origin_2d'] }),
  ],
  [
    'unknownColumn',
    "dataset.history[0].by names 'destination'",
    () => layOut({}, { history: [{ ...history, by: ['destination'] }] }),
  ],
  [
    'unknownColumn',
    "dataset.history[0].of names 'lateness'",
    () => layOut({}, { history: [{ ...history, of: 'lateness' }] }),
  ],
  [
    'duplicateColumn',
    "two columns are named 'Origin'",
    () => layOut({}, {}, [...given, { name: 'Origin', sqlType: 'VARCHAR' }]),
  ],
  ['duplicateColumn', "two columns are named 'late_by_origin_1d'", () => layOut({}, { history: [history, history] })],
  ['reservedColumn', "'as_of'", () => layOut({}, {}, [...given, { name: 'as_of', sqlType: 'DATE' }])],
  ['targetIsInput', "lists the target 'late'", () => layOut({}, { inputs: ['late'] })],
  ['historyNeedsTime', 'framing.time is not', () => layOut({ time: undefined }, { history: [history] })],
  [
    'noInputs',
    'none of them is left',
    () =>
      layOut(
        {},
        {},
        given.filter(({ name }) => name === 'date' || name === 'late'),
      ),
  ],
  ['badType', "the time column 'hour' is BIGINT, not a timestamp", () => layOut({ time: 'hour' })],
  ['badType', "column 'tags' is VARCHAR[], which cannot be used as input", () => layOut({}, {}, given)],
  ['badType', "column 'date' is DATE, which cannot be made boolean", () => layOut({}, { types: { date: 'boolean' } })],
  [
    'badType',
    "the target of a regression 'origin' is VARCHAR, not a number",
    () => layOut({ task: 'regression', target: 'origin' }),
  ],
  ['badType', "the weight 'origin' is VARCHAR, not a number", () => layOut({}, { weight: 'origin' })],
  [
    'badType',
    "history 'late_by_origin' takes the mean of 'origin', which is VARCHAR",
    () => layOut({}, { history: [{ ...history, of: 'origin' }] }),
  ],
])('layOutColumns() fails with %s: %s', (code, message, use) => {
  expect(use).toThrow(expect.objectContaining({ code: `dataset/${code}`, message: expect.stringContaining(message) }))
})
