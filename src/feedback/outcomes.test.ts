import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  createHttpServer,
  loopbackOnly,
  quoteText,
  seededIds,
  seededRandom,
  virtualClock,
  type VirtualClock,
  type Workspace,
} from '#platform'
import { predictionRelation } from '#serving'
import { flightDate, openPredictedWorkspace, predictFlights } from './fixtures/predicted-flights.ts'
import { importOutcomes, outcomeRelation, recordOutcomes, routes } from './index.ts'
import type { OutcomeRelationOptions, SentOutcome } from './index.ts'

let folder: string
let clock: VirtualClock
let workspace: Workspace
let ids: readonly string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-feedback-'))
  clock = virtualClock(1000)
  workspace = await openPredictedWorkspace(folder, { clock, ids: seededIds(clock, seededRandom(1)) })
  ids = await predictFlights(workspace, {
    key: 'day 1',
    flights: [
      { origin: 'JFK', hour: 1, atMs: 100 },
      { origin: 'LAX', hour: 2, atMs: 200 },
      { origin: 'JFK', hour: 1, atMs: 300 },
    ],
  })
})
afterEach(async () => {
  await workspace.close()
  await rm(folder, { recursive: true })
})

const send = async (...outcomes: SentOutcome[]): Promise<string[]> => {
  const { results } = await recordOutcomes(workspace, { system: 'flights', outcomes, actor: 'test' })
  return results.map(({ status, reason }) => (reason === null ? status : `${status}: ${reason}`))
}
const known = async (more: Partial<OutcomeRelationOptions> = {}) => {
  const relation = await outcomeRelation(workspace, { system: 'flights', ...more })
  const rows = await workspace.lake.rows(
    `select p.id, o.label, o.observed_ms from ${relation} as o
     join ${await predictionRelation(workspace, { system: 'flights' })} as p on p.id = o.prediction_id
     order by p.id, o.observed_ms, o.batch, o.place`,
  )
  return rows.map((row) => [ids.indexOf(row['id'] as string), row['label'], row['observed_ms']])
}
const id = (place: number): string => ids[place] as string

describe('recordOutcomes()', () => {
  test('takes an outcome by its prediction, and it is known from then on', async () => {
    expect(await send({ predictionId: id(1), outcome: true })).toEqual(['accepted'])
    expect(await known()).toEqual([[1, 'true', 1000]])
  })

  test('takes the same outcome once, in one request, in two, and in two at the same time', async () => {
    const outcome = { predictionId: id(1), outcome: 'true' }
    expect(await send(outcome, outcome)).toEqual(['accepted', 'duplicate'])
    expect(await send(outcome)).toEqual(['duplicate'])
    const other = { predictionId: id(0), outcome: 'false' }
    const both = await Promise.all([send(other), send(other)])
    expect(both.flat().sort()).toEqual(['accepted', 'duplicate'])
    expect(await known({ history: true })).toHaveLength(2)
  })

  test('lets a correction win, and keeps what was known before', async () => {
    await send({ predictionId: id(1), outcome: 'true' })
    clock.advanceTo(2000)
    expect(await send({ predictionId: id(1), outcome: 'false' })).toEqual(['corrected'])
    expect(await known()).toEqual([[1, 'false', 2000]])
    expect(await known({ history: true })).toEqual([
      [1, 'true', 1000],
      [1, 'false', 2000],
    ])
    expect(await known({ knownMs: 2000 })).toEqual([[1, 'true', 1000]])
  })

  test('lets the latest observed win, in whatever order outcomes arrive', async () => {
    expect(await send({ predictionId: id(1), outcome: 'false', observedMs: 900 })).toEqual(['accepted'])
    const early = { predictionId: id(1), outcome: 'true', observedMs: 500 }
    expect([await send(early), await send(early)]).toEqual([['outdated'], ['duplicate']])
    expect(await known()).toEqual([[1, 'false', 900]])
  })

  test.each([
    { time: undefined, about: [0, 2], why: 'every prediction for the entity' },
    { time: 250, about: [0], why: 'the latest prediction made by then' },
    { time: 300, about: [2], why: 'a prediction made at that very moment' },
  ])('by entity at $time is about $about: $why', async ({ time, about }) => {
    const entity = { origin: 'JFK', date: flightDate(1) }
    expect(await send({ entity, outcome: true, timeMs: time })).toEqual(['accepted'])
    expect((await known()).map(([place]) => place)).toEqual(about)
  })

  test('refuses rows that cannot be taken, each with its reason, and keeps all others', async () => {
    const entity = { origin: 'JFK', date: flightDate(1) }
    expect(
      await send(
        { predictionId: 'prediction_none', outcome: true },
        { predictionId: id(0), outcome: 'perhaps' },
        { predictionId: id(1), outcome: true },
        { entity: { origin: 'ORD', date: flightDate(1) }, outcome: true },
        { entity, outcome: true, timeMs: 99 },
        { entity: { origin: 'JFK' }, outcome: true },
        { predictionId: id(2), outcome: null },
        { outcome: true },
        { predictionId: id(2), entity, outcome: true },
      ),
    ).toEqual([
      "refused: Cannot take the outcome: no prediction has the id 'prediction_none'",
      "refused: Cannot take the outcome: 'perhaps' is neither 'false' nor 'true'",
      'accepted',
      `refused: Cannot take the outcome: no prediction was made for the entity ["ORD","${flightDate(1)}"]`,
      `refused: Cannot take the outcome: no prediction was made for the entity ["JFK","${flightDate(1)}"] by that time`,
      "refused: Cannot take the outcome: the entity lacks its column 'date'",
      'refused: Cannot take the outcome: the outcome is missing',
      'refused: Cannot take the outcome: it must name either a predictionId or an entity',
      'refused: Cannot take the outcome: it must name either a predictionId or an entity',
    ])
    expect(await known()).toEqual([[1, 'true', 1000]])
  })

  test('takes 1 and 0 for true and false', async () => {
    expect(await send({ predictionId: id(0), outcome: 1 }, { predictionId: id(1), outcome: '0' })).toEqual([
      'accepted',
      'accepted',
    ])
    expect((await known()).map(([, label]) => label)).toEqual(['true', 'false'])
  })

  test('keeps many outcomes in a file of their own, and judges later ones by it', async () => {
    const flights = Array.from({ length: 6000 }, (_, i) => ({ origin: `A${i}`, hour: i % 24, atMs: i }))
    ids = await predictFlights(workspace, { key: 'day 2', flights })
    const outcomes = ids.map((predictionId, i) => ({ predictionId, outcome: i % 2 === 0 }))
    const first = await recordOutcomes(workspace, { system: 'flights', outcomes, actor: 'test', key: 'day 2' })
    expect(first.counts).toEqual({ accepted: 6000, duplicate: 0, corrected: 0, outdated: 0, refused: 0 })
    clock.advanceTo(2000)
    expect(await send({ predictionId: id(7), outcome: true }, { predictionId: id(8), outcome: true })).toEqual([
      'corrected',
      'duplicate',
    ])
    const again = await recordOutcomes(workspace, { system: 'flights', outcomes, actor: 'test', key: 'day 2' })
    expect(again.counts).toEqual({ accepted: 0, duplicate: 6000, corrected: 0, outdated: 0, refused: 0 })
    const rows = await known()
    expect([rows.length, rows[7], rows[8]]).toEqual([6000, [7, 'true', 2000], [8, 'true', 1000]])
  })

  test.each([
    { system: 'nothing', outcomes: [{ predictionId: 'p', outcome: true }], code: 'system/unknownSystem' },
    { system: 'flights', outcomes: [], code: 'feedback/noOutcomes' },
  ])('refuses all of it with $code', async ({ system, outcomes, code }) => {
    await expect(recordOutcomes(workspace, { system, outcomes, actor: 'test' })).rejects.toMatchObject({ code })
  })

  test('makes the copies that are read by queries again when they are lost', async () => {
    await send({ predictionId: id(0), outcome: true })
    await known()
    await send({ predictionId: id(1), outcome: true })
    expect(await known()).toHaveLength(2)
    await rm(join(folder, 'outcomes'), { recursive: true })
    expect(await known()).toHaveLength(2)
  })
})

describe('importOutcomes()', () => {
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const take = (path: string) => importOutcomes(workspace, { system: 'flights', path, actor: 'test' })

  test.each(['csv', 'ndjson', 'parquet'])(
    'takes a %s file by prediction, and changes nothing the second time',
    async (form) => {
      const rows = [
        { prediction_id: id(0), late: true },
        { prediction_id: 'none', late: true },
        { prediction_id: id(1), late: false },
      ]
      const lines = rows.map((row) => JSON.stringify(row)).join('\n')
      const json = await file('outcomes.ndjson', lines)
      const path = form === 'ndjson' ? json : join(folder, `outcomes.${form}`)
      if (form !== 'ndjson') await workspace.lake.run(`copy (from ${quoteText(json)}) to ${quoteText(path)}`)
      expect(await take(path)).toEqual({
        counts: { accepted: 2, duplicate: 0, corrected: 0, outdated: 0, refused: 1 },
        results: [{ row: 1, status: 'refused', reason: "Cannot take the outcome: no prediction has the id 'none'" }],
      })
      await send({ predictionId: id(0), outcome: false, observedMs: 1500 })
      clock.advanceTo(2000)
      expect((await take(path)).counts).toMatchObject({ duplicate: 2, refused: 1 })
      expect(await known()).toEqual([
        [0, 'false', 1500],
        [1, 'false', 1000],
      ])
    },
  )

  test('takes what was refused once its prediction is made', async () => {
    const path = await file('outcomes.csv', `origin,date,outcome\nSEA,2001-02-01 05:00:00,true\n`)
    expect((await take(path)).counts).toMatchObject({ refused: 1 })
    ids = await predictFlights(workspace, { key: 'day 2', flights: [{ origin: 'SEA', hour: 5, atMs: 1 }] })
    expect((await take(path)).counts).toMatchObject({ accepted: 1, refused: 0 })
    expect(await known()).toEqual([[0, 'true', 1000]])
  })

  test('takes a file by entity, with times', async () => {
    const path = await file(
      'outcomes.csv',
      'origin,date,late,time,observed_at\n' +
        'JFK,2001-02-01T01:00:00Z,true,1970-01-01T00:00:00.250Z,1970-01-01T00:00:00.900Z\n',
    )
    expect((await take(path)).counts).toMatchObject({ accepted: 1 })
    expect(await known()).toEqual([[0, 'true', 900]])
  })

  test.each([
    {
      name: 'o.csv',
      text: 'origin,late\nJFK,true\n',
      code: 'feedback/missingColumn',
      why: 'an entity column that is missing',
    },
    { name: 'o.csv', text: 'prediction_id,delay\np,3\n', code: 'feedback/missingColumn', why: 'no outcome' },
    { name: 'o.csv', text: 'prediction_id,late\n', code: 'feedback/noOutcomes', why: 'a header alone' },
    { name: 'o.parquet', text: 'not parquet', code: 'feedback/unreadableFile', why: 'bytes of another form' },
    { name: 'o.ndjson', text: '{"prediction_id": "p"', code: 'feedback/unreadableFile', why: 'JSON that is cut short' },
    { name: 'o.xlsx', text: '', code: 'feedback/unreadableFile', why: 'a form that is not read' },
  ])('refuses a file with $why', async ({ name, text, code }) => {
    await expect(take(await file(name, text))).rejects.toMatchObject({ code, message: expect.stringContaining(name) })
    expect(await known()).toEqual([])
  })

  test('refuses a file that is not there', async () => {
    await expect(take(join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'feedback/missingFile' })
  })
})

test('POST /api/v1/systems/{name}/outcomes answers row by row', async () => {
  const server = await createHttpServer({
    workspace,
    routes,
    config: { MILLRACE_BODY_LIMIT_MB: 1 },
    authorise: loopbackOnly,
  })
  const post = async (payload: object) => {
    const answer = await server.inject({ method: 'POST', url: '/api/v1/systems/flights/outcomes', payload })
    return [answer.statusCode, answer.json()]
  }
  const outcomes = [
    { predictionId: id(0), outcome: true, observedAt: '1970-01-01T00:00:00.5Z' },
    { predictionId: 'none', outcome: true },
    { entity: { origin: 'LAX', date: flightDate(2) }, outcome: false },
  ]
  expect(await post({ outcomes })).toEqual([
    200,
    {
      counts: { accepted: 2, duplicate: 0, corrected: 0, outdated: 0, refused: 1 },
      results: [
        { row: 0, status: 'accepted', reason: null },
        { row: 1, status: 'refused', reason: "Cannot take the outcome: no prediction has the id 'none'" },
        { row: 2, status: 'accepted', reason: null },
      ],
    },
  ])
  expect(await known()).toEqual([
    [0, 'true', 500],
    [1, 'false', 1000],
  ])
  expect(await post({ outcomes: [{ predictionId: id(0), outcome: true, observedAt: 'yesterday' }] })).toMatchObject([
    422,
    { code: 'http/invalidRequest', details: { problems: [{ path: 'outcomes[0].observedAt' }] } },
  ])
  expect(await post({ outcomes: [] })).toMatchObject([422, { code: 'feedback/noOutcomes' }])
  await server.close()
})
