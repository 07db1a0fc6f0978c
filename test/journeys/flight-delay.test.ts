import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quoteText } from '#platform'
import { rehearse } from '#rehearsal'
import { beats, loadSystemFile, parseSystem, type SystemSpec } from '#system'
import { openJourney, type Journey, type Turn } from './fixtures/open-journey.ts'

const flights = resolve('node_modules/vega-datasets/data/flights-3m.parquet')
let journey: Journey
let spec: SystemSpec

/** Writes one flight in so many from January on, to before a day. */
async function writeFlights(until: string, every = 9): Promise<number> {
  const [row] = await journey.app.workspace.lake.rows<{ Count: number }>(
    `copy (select date, delay, distance, origin, destination
       from read_parquet(${quoteText(flights)}, file_row_number = true)
       where file_row_number % ${every} = 0 and date < date '${until}' order by date, file_row_number)
     to ${quoteText(join(journey.folder, 'flights.parquet'))}`,
  )
  return row?.Count ?? 0
}

beforeAll(async () => {
  journey = await openJourney()
  const { spec: example } = await loadSystemFile('examples/flight-delay')
  spec = parseSystem({
    ...example,
    // Rebooking costs what a flight loses on average: then much hangs on which flights are rebooked, and few rows show it.
    framing: { ...example.framing, cost: { currency: 'USD', falseNegative: 90, falsePositive: 18, truePositive: 18 } },
    sources: { flights: { kind: 'parquet', path: 'flights.parquet', time: 'date', cursor: 'time' } },
    candidates: example.candidates.map((candidate) =>
      candidate.kind === 'boosted-trees'
        ? { ...candidate, params: { ...candidate.params, rounds: 30, leaves: 15 } }
        : candidate,
    ),
    evaluation: {
      ...example.evaluation,
      split: { kind: 'time', holdout: '7d', window: '42d' },
      slices: ['weekday'],
      gates: [beats('champion'), beats('majority')],
      maxRows: 20_000,
    },
    release: { strategy: 'big-bang' },
    monitor: { ...example.monitor, window: '2d' },
    retrain: { every: '14d', on: ['drift', 'decay'], cooldown: '7d' },
  })
})
afterAll(() => journey.close())

describe('flight delay over the API', () => {
  let before: number
  let first: Turn
  const predict = (body: unknown) =>
    journey.call<{ id: string; version: number; probability: number; decision: string; threshold: number }>(
      'POST',
      '/systems/flight-delay/predict',
      body,
    )
  const asked = { date: '2001-03-11T18:05:00', origin: 'ORD', destination: 'LGA', distance: 733 }
  let answer: Awaited<ReturnType<typeof predict>>['body']
  beforeAll(async () => {
    before = await writeFlights('2001-03-01')
    // One flight in nine is too few to tell a model from the rule by its whole interval.
    await journey.apply({ ...spec, candidates: spec.candidates.filter(({ kind }) => kind !== 'rule') })
    first = await journey.turn('flight-delay', 'first')
    answer = (await predict(asked)).body
  })

  test('the first turn takes every flight and releases a model that beats none', () => {
    expect(first).toMatchObject({
      state: 'done',
      output: { pulledRows: before, versionNumber: 1, passed: true },
    })
    expect(['logistic', 'boosted-trees']).toContain(first.output?.chosen)
  })

  test('the same key finds the same turn again', async () => {
    expect((await journey.turn('flight-delay', 'first')).id).toBe(first.id)
  })

  test('a prediction is decided at the threshold that costs least', () => {
    expect(answer).toMatchObject({ version: 1 })
    expect(answer.decision).toBe(String(answer.probability >= answer.threshold))
    // Missing a late flight costs 90 and rebooking 18: it pays from 18 / 90 on.
    expect(answer.threshold).toBeGreaterThan(0.1)
    expect(answer.threshold).toBeLessThan(0.3)
  })

  test('late in the evening more flights are late than early in the morning', async () => {
    const morning = await predict({ ...asked, date: '2001-03-11T06:05:00' })
    expect(answer.probability).toBeGreaterThan(morning.body.probability)
  })

  test('an outcome is taken by entity as by prediction', async () => {
    const { origin, destination, date } = asked
    const sent = await journey.call('POST', '/systems/flight-delay/outcomes', {
      outcomes: [
        { entity: { origin, destination, date }, outcome: true },
        { predictionId: answer.id, outcome: true },
      ],
    })
    expect(sent).toMatchObject({ status: 200, body: { counts: { accepted: 1, duplicate: 1, refused: 0 } } })
  })

  test('a second turn takes only what is new, and the truth that came with it', async () => {
    const known = await journey.app.workspace.lake.rows<{ date: string; origin: string; destination: string }>(
      `select strftime(date, '%Y-%m-%dT%H:%M:%S') as date, origin, destination, distance
       from read_parquet(${quoteText(flights)}, file_row_number = true)
       where file_row_number % 9 = 0 and date >= date '2001-03-02' and date < date '2001-03-03' order by all limit 40`,
    )
    expect((await predict({ rows: known })).status).toBe(200)
    const after = await writeFlights('2001-03-12')
    expect(after).toBeGreaterThan(before)
    const second = await journey.turn('flight-delay', 'second')
    expect(second).toMatchObject({ state: 'done', output: { pulledRows: after - before } })
    const outcomes = known.map(({ date, origin, destination }) => ({
      entity: { date, origin, destination },
      outcome: false,
      observedAt: '2001-03-03T00:00:00Z',
    }))
    const { body } = await journey.call<{ counts: Record<string, number> }>('POST', '/systems/flight-delay/outcomes', {
      outcomes,
    })
    // All are known already from the flights themselves: the same, or seen later than what is sent now.
    expect(body.counts).toMatchObject({ accepted: 0, corrected: 0, refused: 0 })
  })
})

test('rehearse() twice with one seed gives the same report, byte for byte', async () => {
  await writeFlights('2001-02-08', 29)
  const system = {
    spec: parseSystem({ ...spec, evaluation: { ...spec.evaluation, maxRows: 5000 } }),
    baseFolder: journey.folder,
    commit: null,
    dirty: false,
  }
  const reports = []
  for (const name of ['once', 'again']) reports.push(await rehearse({ system, folder: join(journey.folder, name) }))
  const [once, again] = reports
  expect(JSON.stringify(again)).toBe(JSON.stringify(once))
  expect(once?.timeline.length).toBeGreaterThan(5)
  expect(once?.arms.map(({ name }) => name)).toEqual(['nothing', 'rule', 'frozen', 'loop'])
}, 120_000)
