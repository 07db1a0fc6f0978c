import * as fc from 'fast-check'
import { cellOf, type Column } from '#platform'
import type { SystemInput } from '#system'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildDataset } from '../build/build-dataset.ts'
import { openTestWorkspace, relationOf, testSystem, type TestWorkspace } from '../fixtures/test-workspace.ts'
import { readExamples } from '../reading/read-examples.ts'

let opened: TestWorkspace

beforeAll(async () => {
  opened = await openTestWorkspace()
})
afterAll(() => opened.close())

const hour = 3_600_000
const delay = 6 * hour

interface Event {
  readonly id: number
  readonly at: number
  readonly place: string
  readonly late: boolean
}

/** What the world looks like at a moment: later rows are not there, outcomes not yet known are wrong. */
const worldAt = (events: readonly Event[], now: number): Event[] =>
  events
    .filter((event) => event.at <= now)
    .map((event) => (event.at + delay > now ? { ...event, late: !event.late } : event))

/** Inputs of each row, by id. */
async function inputsOf(events: readonly Event[], spec: Spec): Promise<Map<number, string>> {
  const { workspace } = opened
  const rows = events.map(({ id, at, place, late }) => [id, new Date(at).toISOString().slice(0, -1), place, late])
  const system = testSystem({ task: 'binary', target: 'late', time: 'moment', ...spec.framing }, spec.dataset)
  const sources = { events: relationOf(['id integer', 'moment timestamp', 'place varchar', 'late boolean'], rows) }
  const dataset = await buildDataset(workspace, { system, sources })
  const { table } = await readExamples(workspace, dataset, { columns: ['id'] })
  return new Map(
    Array.from({ length: table.rowCount }, (_, row) => [
      cellOf(table.columns['id'] as Column, row) as number,
      JSON.stringify(dataset.inputs.map(({ name }) => cellOf(table.columns[name] as Column, row))),
    ]),
  )
}

interface Spec {
  readonly framing: Partial<SystemInput['framing']>
  readonly dataset: SystemInput['dataset']
}

/** Shifts the clock: ids of rows whose inputs were others in the world of a moment at or after them. */
async function leaks(events: readonly Event[], spec: Spec, moments: readonly number[]): Promise<number[]> {
  const whole = await inputsOf(events, spec)
  const differing = new Set<number>()
  for (const now of moments) {
    const world = worldAt(events, now)
    if (new Set(world.map((event) => event.late)).size < 2) continue
    for (const [id, inputs] of await inputsOf(world, spec)) if (whole.get(id) !== inputs) differing.add(id)
  }
  return [...differing].sort((a, b) => a - b)
}

const honest: Spec = {
  framing: { outcomeAfter: '6h' },
  dataset: {
    sql: 'select * from events',
    history: [
      { name: 'by_place', of: 'late', by: ['place'], over: ['6h', '1d'], every: '4h' },
      { name: 'all', of: 'late', by: [], over: ['12h'], every: '1h', aggregate: 'sum' },
    ],
  },
}

const events = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 72 * 4 }).map((quarters) => (quarters * hour) / 4),
      place: fc.constantFrom('a', 'b'),
      late: fc.boolean(),
    }),
    { minLength: 10, maxLength: 40 },
  )
  .map((list) => list.map((event, id) => ({ id, ...event })))

test('no input of a row depends on what became known after it, on random tables and moments', async () => {
  await fc.assert(
    fc.asyncProperty(
      events,
      fc.array(fc.integer({ min: 0, max: 72 }), { minLength: 2, maxLength: 2 }),
      async (random, hours) => {
        const whole = [...random, { id: 98, at: 0, place: 'a', late: true }, { id: 99, at: 0, place: 'a', late: false }]
        expect(
          await leaks(
            whole,
            honest,
            hours.map((count) => count * hour),
          ),
        ).toEqual([])
      },
    ),
    { numRuns: 10 },
  )
})

const sample: readonly Event[] = Array.from({ length: 60 }, (_, id) => ({
  id,
  at: id * hour,
  place: id % 3 === 0 ? 'a' : 'b',
  late: id % 7 < 3,
}))
const moments = [20, 30, 40, 50].map((count) => count * hour + 1)

test('shifting the clock finds nothing in an honest dataset', async () => {
  expect(await leaks(sample, honest, moments)).toEqual([])
})

test.each<[string, Spec]>([
  [
    'an average over all rows in the SQL',
    {
      framing: { outcomeAfter: '6h' },
      dataset: { sql: 'select *, avg(cast(late as integer)) over (partition by place) as by_place from events' },
    },
  ],
  [
    'the outcome of the row before in the SQL',
    {
      framing: { outcomeAfter: '6h' },
      dataset: { sql: 'select *, lag(late) over (order by moment) as before from events' },
    },
  ],
  ['a delay of outcomes that is declared too short', { ...honest, framing: { outcomeAfter: '1h' } }],
  [
    'an input made of the target',
    { framing: { outcomeAfter: '6h' }, dataset: { sql: 'select *, not late as early from events' } },
  ],
])('shifting the clock finds %s', async (_, spec) => {
  expect(await leaks(sample, spec, moments)).not.toEqual([])
})
