import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { applyReleaseStep, routeRelease } from '#deployment'
import { seededIds, seededRandom, virtualClock, type VirtualClock, type Workspace } from '#platform'
import {
  applyFlights,
  failingModel,
  flightInput,
  openServingWorkspace,
  registerFlights,
  releaseFlights,
} from '../fixtures/served-system.ts'
import { predictionRelation } from '../prediction-log/prediction-relation.ts'
import { openServing, type Serving, type ServingOptions } from './open-serving.ts'

let folder: string
let clock: VirtualClock
let workspace: Workspace
const opened: Serving[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-serve-'))
  clock = virtualClock(Date.UTC(2001, 1, 1))
  workspace = await openServingWorkspace(folder, { clock, ids: seededIds(clock, seededRandom(1)) })
})
afterEach(async () => {
  for (const serving of opened.splice(0)) await serving.close()
  await workspace.close()
  await rm(folder, { recursive: true })
})

const serve = async (options?: ServingOptions): Promise<Serving> => {
  const serving = await openServing(workspace, options)
  opened.push(serving)
  return serving
}
const flight = (distance: number, origin = 'JFK', hour = 0) => ({
  date: new Date(Date.UTC(2001, 1, 1, hour)).toISOString(),
  origin,
  distance,
})
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const logged = async (system: string, columns: string, more = {}) =>
  workspace.lake.rows(`select ${columns} from ${await predictionRelation(workspace, { system, ...more })} order by id`)

describe('predict()', () => {
  test('answers in the order of the rows, decides by the threshold of the version, and keeps what it answered', async () => {
    const version = await registerFlights(workspace, await applyFlights(workspace, flightInput('flights')), {
      runId: 'r1',
    })
    await releaseFlights(workspace, version)
    const serving = await serve()
    const { predictions, notes } = await serving.predict({
      system: 'flights',
      rows: [flight(2000), flight(200, 'LAX'), flight(800)],
      requestId: 'mine',
    })
    expect(notes).toEqual([])
    expect(predictions).toMatchObject([
      { label: 'true', decision: 'true', probability: expect.closeTo(sigmoid(1), 6) },
      { label: 'false', decision: 'false', probability: expect.closeTo(sigmoid(-0.8), 6) },
      { label: 'false', decision: 'true', probability: expect.closeTo(sigmoid(-0.2), 6) },
    ])
    expect(predictions[0]).toMatchObject({
      version: 1,
      versionId: version.id,
      arm: 'champion',
      threshold: 0.4,
      value: null,
    })
    const rows = await logged(
      'flights',
      'id, at_ms, version_id, request_id, entity_key, inputs, probability, decision, error',
    )
    expect(
      rows.sort(
        (a, b) => predictions.findIndex(({ id }) => id === a['id']) - predictions.findIndex(({ id }) => id === b['id']),
      ),
    ).toEqual(
      [2000, 200, 800].map((distance, i) => ({
        id: predictions[i]?.id,
        at_ms: clock.now(),
        version_id: version.id,
        request_id: 'mine',
        entity_key: JSON.stringify([i === 1 ? 'LAX' : 'JFK', '2001-02-01T00:00:00Z']),
        inputs: JSON.stringify({ origin: i === 1 ? 'LAX' : 'JFK', distance }),
        probability: predictions[i]?.probability,
        decision: predictions[i]?.decision,
        error: null,
      })),
    )
  })

  test.each([
    { rows: [], code: 'serving/noRows', why: 'no rows' },
    { rows: Array(11).fill(flight(1)), code: 'serving/tooManyRows', why: 'more rows than one request may' },
    { rows: [{ ...flight(1), altitude: 3 }], code: 'dataset/unknownField', why: 'a column that there is not' },
    { rows: [{ ...flight(1), distance: 'far' }], code: 'dataset/wrongFieldType', why: 'a value of the wrong type' },
    { rows: [{ origin: 'JFK' }], code: 'dataset/missingField', why: 'a row without a column that is needed' },
  ])('refuses $why with $code, and keeps nothing', async ({ rows, code }) => {
    await releaseFlights(
      workspace,
      await registerFlights(workspace, await applyFlights(workspace, flightInput('flights')), { runId: 'r1' }),
    )
    const serving = await serve({ maxRows: 10 })
    await expect(serving.predict({ system: 'flights', rows })).rejects.toMatchObject({ code })
    expect(await logged('flights', 'id')).toEqual([])
  })

  test('refuses a system that there is not, and one that nothing was released of, until something is', async () => {
    const serving = await serve()
    const ask = () => serving.predict({ system: 'flights', rows: [flight(1)] })
    await expect(ask()).rejects.toMatchObject({ code: 'system/unknownSystem', status: 404 })
    const dataset = await applyFlights(workspace, flightInput('flights'))
    await expect(ask()).rejects.toMatchObject({ code: 'deployment/nothingReleased', status: 409 })
    await releaseFlights(workspace, await registerFlights(workspace, dataset, { runId: 'r1' }))
    expect((await ask()).predictions).toHaveLength(1)
  })

  test('refuses once serving is closed', async () => {
    const serving = await openServing(workspace)
    await serving.close()
    await expect(serving.predict({ system: 'flights', rows: [flight(1)] })).rejects.toMatchObject({
      code: 'serving/closing',
      status: 503,
    })
  })
})

describe('a release', () => {
  test('gives each entity to one arm for as long as it runs', async () => {
    const dataset = await applyFlights(workspace, flightInput('flights'))
    await releaseFlights(workspace, await registerFlights(workspace, dataset, { runId: 'r1' }))
    const release = await releaseFlights(
      workspace,
      await registerFlights(workspace, dataset, { runId: 'r2', bias: 0 }),
      {
        strategy: 'canary',
        steps: [0.3, 1],
        bake: '1d',
        minSamples: 1,
      },
    )
    const serving = await serve()
    const rows = Array.from({ length: 200 }, (_, i) => flight(1000, `A${i % 100}`, i % 10))
    const { predictions } = await serving.predict({ system: 'flights', rows })
    expect(predictions.map(({ arm }) => arm)).toEqual(
      rows.map(({ origin, date }) => routeRelease(release, JSON.stringify([origin, date.replace('.000Z', 'Z')]))),
    )
    const expected = { champion: '1 0.5000', challenger: `2 ${sigmoid(1).toFixed(4)}` }
    expect(predictions.map(({ version, probability }) => `${version} ${probability?.toFixed(4)}`)).toEqual(
      predictions.map(({ arm }) => expected[arm]),
    )
    expect(await logged('flights', 'distinct arm, release_id, 0 as id')).toHaveLength(2)
  })

  test('whose challenger cannot be opened fails no request: the champion answers, the failure is evidence', async () => {
    const dataset = await applyFlights(workspace, flightInput('flights'))
    await releaseFlights(workspace, await registerFlights(workspace, dataset, { runId: 'r1' }))
    const broken = await registerFlights(workspace, dataset, { runId: 'r2', bytes: Buffer.from('not a model') })
    await releaseFlights(workspace, broken, { strategy: 'canary', steps: [0.5, 1], bake: '1d', minSamples: 1 })
    const serving = await serve()
    const rows = Array.from({ length: 40 }, (_, i) => flight(1000, `A${i}`))
    const { predictions } = await serving.predict({ system: 'flights', rows })
    expect(new Set(predictions.map(({ version, arm }) => `${version} ${arm}`))).toEqual(new Set(['1 champion']))
    expect(await logged('flights', 'id')).toHaveLength(40)
    const failures = await logged('flights', 'version_id, arm, error, id', { failed: true })
    expect(failures.length).toBeGreaterThan(10)
    expect(failures[0]).toMatchObject({ version_id: broken.id, arm: 'challenger', error: 'model/unreadable' })
  })

  test('whose model fails at a request: the caller is told, and the failure is kept', async () => {
    const dataset = await applyFlights(workspace, flightInput('flights'))
    const version = await registerFlights(workspace, dataset, { runId: 'r1', bytes: failingModel(dataset.inputs) })
    await releaseFlights(workspace, version)
    const serving = await serve()
    await expect(serving.predict({ system: 'flights', rows: [flight(1000)] })).rejects.toMatchObject({
      code: 'serving/modelFailed',
      status: 500,
      message: expect.stringContaining('Cannot predict with version 1'),
    })
    expect([
      await logged('flights', 'id'),
      await logged('flights', 'arm, version_id, id', { failed: true }),
    ]).toMatchObject([[], [{ arm: 'champion', version_id: version.id }]])
  })

  test('that takes over under load fails no request, and the old version is closed', async () => {
    const dataset = await applyFlights(workspace, flightInput('flights'))
    await releaseFlights(workspace, await registerFlights(workspace, dataset, { runId: 'r1' }))
    const serving = await serve({ followMs: 5 })
    const versions = new Set<number>()
    const stop = new AbortController()
    const callers = Array.from({ length: 8 }, async () => {
      while (!stop.signal.aborted) {
        const { predictions } = await serving.predict({ system: 'flights', rows: [flight(1000)] })
        versions.add(predictions[0]?.version ?? 0)
        await new Promise((resolve) => setImmediate(resolve))
      }
    })
    let last = ''
    for (let run = 2; run <= 6; run++) {
      const version = await registerFlights(workspace, dataset, { runId: `r${run}`, bias: run })
      await releaseFlights(workspace, version)
      await serving.refresh()
      last = version.id
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
    stop.abort()
    await Promise.all(callers)
    expect([versions.has(1), versions.has(6)]).toEqual([true, true])
    expect(serving.openVersions()).toEqual([last])
  })

  test('that is rolled back gives all its traffic to the champion again', async () => {
    const dataset = await applyFlights(workspace, flightInput('flights'))
    await releaseFlights(workspace, await registerFlights(workspace, dataset, { runId: 'r1' }))
    const second = await registerFlights(workspace, dataset, { runId: 'r2' })
    const release = await releaseFlights(workspace, second, {
      strategy: 'canary',
      steps: [0.9, 1],
      bake: '1d',
      minSamples: 1,
    })
    const serving = await serve()
    const rows = Array.from({ length: 50 }, (_, i) => flight(1000, `A${i}`))
    const arms = async () =>
      new Set((await serving.predict({ system: 'flights', rows })).predictions.map(({ arm }) => arm))
    expect((await arms()).has('challenger')).toBe(true)
    await applyReleaseStep(workspace, {
      release,
      verdict: { action: 'rollback', why: 'it is bad', facts: {} },
      actor: 'loop',
    })
    await serving.refresh()
    expect(await arms()).toEqual(new Set(['champion']))
  })
})

describe('openServing()', () => {
  test('closes the versions of the systems that were asked longest ago, and opens them again', async () => {
    for (const name of ['one', 'two', 'three'])
      await releaseFlights(
        workspace,
        await registerFlights(workspace, await applyFlights(workspace, flightInput(name)), { runId: name }),
      )
    const serving = await serve({ maxSystems: 2 })
    const ask = (system: string) => serving.predict({ system, rows: [flight(1000)] })
    for (const system of ['one', 'two', 'one', 'three']) await ask(system)
    expect(serving.openVersions()).toHaveLength(2)
    const answers = await Promise.all(['two', 'one', 'three', 'two', 'one', 'three'].map(ask))
    expect(answers.map(({ predictions }) => predictions.length)).toEqual(Array(6).fill(1))
  })

  test('answers from the histories of the newest dataset', async () => {
    const input = flightInput('flights', {
      dataset: {
        sql: 'select date, origin, distance, delay > 15 as late from flights',
        history: [{ name: 'late_share', of: 'late', by: ['origin'], over: ['7d'] }],
      },
    })
    const version = await registerFlights(workspace, await applyFlights(workspace, input, 2), { runId: 'r1' })
    await releaseFlights(workspace, version)
    const serving = await serve()
    const share = async (): Promise<unknown> => {
      await serving.predict({ system: 'flights', rows: [flight(1000)] })
      const rows = await logged('flights', 'inputs, id')
      return JSON.parse(rows.at(-1)?.['inputs'] as string)['late_share_7d']
    }
    const before = await share()
    clock.advanceTo(clock.now() + 1)
    await applyFlights(workspace, input, 31)
    await serving.refresh()
    const after = await share()
    expect(typeof after).toBe('number')
    expect(after).not.toBe(before)
  })
})
