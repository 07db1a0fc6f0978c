import * as fc from 'fast-check'
import { durationMs, numbersOf, type Duration } from '#platform'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildDataset } from '../build/build-dataset.ts'
import { openTestWorkspace, relationOf, testSystem, type TestWorkspace } from '../fixtures/test-workspace.ts'
import { readExamples } from '../reading/read-examples.ts'

let opened: TestWorkspace

beforeAll(async () => {
  opened = await openTestWorkspace()
})
afterAll(() => opened.close())

interface Event {
  readonly at: number
  readonly place: string | null
  readonly kind: number | null
  readonly value: number | null
}

interface History {
  readonly by: readonly ('place' | 'kind')[]
  readonly over: readonly Duration[]
  readonly every: Duration
  readonly aggregate: 'mean' | 'sum' | 'count'
}

/** The definition, word for word: every row is compared with every other. */
function naive(events: readonly Event[], history: History, outcomeAfter: Duration): (number | null)[][] {
  const every = durationMs(history.every)
  const knownAfter = Math.max(1, durationMs(outcomeAfter))
  return events.map((event) =>
    history.over.map((span) => {
      const refresh = Math.floor(event.at / every) * every
      const isNamed = history.by.every((name) => event[name] !== null)
      const counted = events.filter(
        (past) =>
          isNamed &&
          past.value !== null &&
          history.by.every((name) => past[name] === event[name]) &&
          past.at + knownAfter <= refresh &&
          past.at + knownAfter > refresh - durationMs(span),
      )
      if (history.aggregate === 'count') return counted.length
      if (counted.length === 0) return null
      const sum = counted.reduce((total, past) => total + (past.value as number), 0)
      return history.aggregate === 'sum' ? sum : Math.fround(sum / counted.length)
    }),
  )
}

async function built(
  events: readonly Event[],
  { histories, outcomeAfter }: { histories: readonly History[]; outcomeAfter: Duration },
): Promise<(number | null)[][][]> {
  const { workspace } = opened
  const relation = relationOf(
    ['id integer', 'moment timestamp', 'place varchar', 'kind integer', 'value integer'],
    events.map((event, id) => [
      id,
      new Date(event.at).toISOString().slice(0, -1),
      event.place,
      event.kind,
      event.value,
    ]),
  )
  const system = testSystem(
    { task: 'regression', target: 'value', time: 'moment', outcomeAfter },
    {
      sql: 'select * from events',
      history: histories.map((history, place) => ({
        name: `h${place}`,
        of: 'value',
        ...history,
        by: [...history.by],
        over: [...history.over],
      })),
    },
  )
  const dataset = await buildDataset(workspace, { system, sources: { events: relation } })
  const { table } = await readExamples(workspace, dataset)
  const ids = [...numbersOf(table, 'id')]
  return histories.map((history, place) =>
    events.map((_, id) =>
      history.over.map((span) => {
        const value = numbersOf(table, `h${place}_${span}`)[ids.indexOf(id)] as number
        return Number.isNaN(value) ? null : value
      }),
    ),
  )
}

const hour = 3_600_000
const event = fc.record({
  // Many moments on the refresh itself and a millisecond beside it, and some before 1970.
  at: fc
    .tuple(fc.integer({ min: -12, max: 48 }), fc.constantFrom(0, 0, 1, -1, 1_234_567))
    .map(([hours, beside]) => hours * hour + beside),
  place: fc.constantFrom('a', 'b', null),
  kind: fc.constantFrom(1, 2, null),
  value: fc.constantFrom(0, 1, 1, 7, null),
})
const history = fc.record({
  by: fc.constantFrom<('place' | 'kind')[]>([], ['place'], ['place', 'kind']),
  over: fc.uniqueArray(fc.constantFrom<Duration>('1h', '90m', '4h', '1d', '7ms'), { minLength: 1, maxLength: 3 }),
  every: fc.constantFrom<Duration>('1h', '2h', '50m', '1d'),
  aggregate: fc.constantFrom('mean', 'sum', 'count'),
})

test('the columns of a history are those of its definition, on random tables', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 1, maxLength: 40 }),
      fc.array(history, { minLength: 1, maxLength: 3 }),
      fc.constantFrom<Duration>('0s', '1h', '90m', '1d'),
      async (random, histories, outcomeAfter) => {
        const events = [...random, { at: 0, place: 'a', kind: 1, value: 3 }]
        const found = await built(events, { histories, outcomeAfter })
        const expected = histories.map((one) => naive(events, one, outcomeAfter))
        expect(found).toEqual(expected)
      },
    ),
    { numRuns: 40 },
  )
})

test('a history by day over one and two days, by hand', async () => {
  const day = 24 * hour
  const events = [
    { at: hour, place: 'a', kind: 1, value: 1 },
    { at: day, place: 'a', kind: 1, value: 0 },
    { at: day + hour, place: 'a', kind: 1, value: 1 },
    { at: 2 * day + hour, place: 'a', kind: 1, value: 1 },
    { at: 3 * day + hour, place: 'b', kind: 1, value: 0 },
    { at: 3 * day + hour, place: 'a', kind: 1, value: 0 },
  ]
  const histories = [
    { by: ['place' as const], over: ['1d' as const, '2d' as const], every: '1d' as const, aggregate: 'mean' as const },
  ]
  const [found] = await built(events, { histories, outcomeAfter: '1d' })
  // On day 2 the outcomes of day 0 (1) and of the first moment of day 1 (0) are known, on day 3 that of day 1 as well.
  expect(found).toEqual([
    [null, null],
    [null, null],
    [null, null],
    [0.5, 0.5],
    [null, null],
    [1, Math.fround(2 / 3)],
  ])
})

test('a row never counts itself, even where its outcome is known at once and its moment is the refresh', async () => {
  const events = [{ at: 0, place: 'a', kind: 1, value: 1 }]
  const histories = [{ by: [], over: ['1d' as const], every: '1d' as const, aggregate: 'count' as const }]
  expect(await built(events, { histories, outcomeAfter: '0s' })).toEqual([[[0]]])
})

test('sums of fractions do not depend on the order of the rows', async () => {
  const { workspace } = opened
  const values = [0.1, 0.2, 0.3, 1e15, -1e15, 0.7]
  const sums = await Promise.all(
    [values, values.toReversed()].map(async (ordered, turn) => {
      const rows = [...ordered.map((value) => ['2001-01-01', value]), ['2001-01-02', 0]]
      const system = testSystem(
        { task: 'regression', target: 'value', time: 'moment' },
        { sql: 'select * from events', history: [{ name: 'h', of: 'value', by: [], over: ['1d'], aggregate: 'sum' }] },
        `turn-${turn}`,
      )
      const sources = { events: relationOf(['moment timestamp', 'value double'], rows) }
      const { table } = await readExamples(workspace, await buildDataset(workspace, { system, sources }))
      return numbersOf(table, 'h_1d').at(-1)
    }),
  )
  expect(sums[0]).toBe(1.3)
  expect(sums[1]).toBe(1.3)
})
