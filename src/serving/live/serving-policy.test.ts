import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Dataset } from '#dataset'
import { seededIds, seededRandom, virtualClock, type Workspace } from '#platform'
import type { SystemInput } from '#system'
import {
  applyFlights,
  failingModel,
  flightInput,
  openServingWorkspace,
  registerFlights,
  releaseFlights,
} from '../fixtures/served-system.ts'
import { openModels } from '../open-models.ts'
import { openPredictionLog } from '../prediction-log/open-prediction-log.ts'
import { isSampled } from '../prediction-log/is-sampled.ts'
import { predictionRelation } from '../prediction-log/prediction-relation.ts'
import { openServing, type Serving } from './open-serving.ts'

let folder: string
let workspace: Workspace
const opened: { close(): Promise<void> }[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-policy-'))
  const clock = virtualClock(Date.UTC(2001, 1, 1))
  workspace = await openServingWorkspace(folder, { clock, ids: seededIds(clock, seededRandom(1)) })
})
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close()
  await workspace.close()
  await rm(folder, { recursive: true })
})

const system = 'flights'
/** A number that is written nowhere else. */
const secret = 1237

const apply = (serving: SystemInput['serving']): Promise<Dataset> =>
  applyFlights(workspace, flightInput(system, { serving }))

async function serve(serving: SystemInput['serving']): Promise<Serving> {
  const dataset = await apply(serving)
  await releaseFlights(workspace, await registerFlights(workspace, dataset, { runId: 'r1' }))
  return open(await openServing(workspace))
}

function open<T extends { close(): Promise<void> }>(one: T): T {
  opened.push(one)
  return one
}

const flights = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ date: '2001-02-01T00:00:00Z', origin: `A${i}`, distance: secret }))

const logged = async (columns: string, more = {}) =>
  workspace.lake.rows(`select ${columns} from ${await predictionRelation(workspace, { system, ...more })} order by id`)

/** All that stands in the files of the log. */
async function written(): Promise<string> {
  const files = await readdir(join(folder, 'predictions'), { recursive: true, withFileTypes: true })
  const texts = files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8'))
  return (await Promise.all(texts)).join('')
}

test('an input that is withheld reaches the model and its explanation, and no file of the log, not even by name', async () => {
  const serving = await serve({ log: { withhold: ['distance'] } })
  const { predictions } = await serving.predict({ system, rows: flights(1) })
  expect(predictions[0]?.probability).toBeCloseTo(1 / (1 + Math.exp(1 - secret / 1000)), 6)
  expect(await logged('inputs, id')).toMatchObject([{ inputs: '{"origin":"A0"}' }])
  const text = await written()
  expect([text.includes('"origin":"A0"'), text.includes('distance'), text.includes(`:${secret}`)]).toEqual([
    true,
    false,
    false,
  ])
})

test('an input that is withheld stands in no failure either', async () => {
  const dataset = await apply({ log: { withhold: ['distance'] } })
  const failing = await registerFlights(workspace, dataset, { runId: 'r1', bytes: failingModel(dataset.inputs) })
  await releaseFlights(workspace, failing)
  const serving = open(await openServing(workspace))
  await expect(serving.predict({ system, rows: flights(1) })).rejects.toMatchObject({ code: 'serving/modelFailed' })
  expect(await logged('error, id', { failed: true })).toHaveLength(1)
  const text = await written()
  expect([text.includes('distance'), text.includes(`:${secret}`)]).toEqual([false, false])
})

test('what is withheld changes with the system file, without a release', async () => {
  const serving = await serve(undefined)
  await serving.predict({ system, rows: flights(1) })
  await apply({ log: { withhold: ['distance'] } })
  await serving.refresh()
  await serving.predict({ system, rows: flights(1) })
  const rows = await logged('inputs, id')
  expect(rows.map(({ inputs }) => inputs as string).sort()).toEqual([
    `{"origin":"A0","distance":${secret}}`,
    '{"origin":"A0"}',
  ])
})

test('a sampled log keeps the predictions that their ids choose, failures among them', async () => {
  const serving = await serve({ log: { sample: 0.25 } })
  const { predictions } = await serving.predict({ system, rows: flights(400) })
  const chosen = predictions.map(({ id }) => id as string).filter((id) => isSampled(id, 0.25))
  expect((await logged('id')).map(({ id }) => id)).toEqual(chosen.sort())
  expect(chosen.length).toBeGreaterThan(60)
  expect(chosen.length).toBeLessThan(140)
  const { inputs } = await apply({ log: { sample: 0.25 } })
  await releaseFlights(
    workspace,
    await registerFlights(workspace, await apply({ log: { sample: 0.25 } }), {
      runId: 'r2',
      bytes: failingModel(inputs),
    }),
  )
  await serving.refresh()
  await expect(serving.predict({ system, rows: flights(400) })).rejects.toMatchObject({ code: 'serving/modelFailed' })
  const failures = await logged('id', { failed: true })
  expect(failures.length).toBeGreaterThan(60)
  expect(failures.length).toBeLessThan(140)
})

test('a request that waits for the model longer than the system allows is answered with 504, and kept as a failure', async () => {
  const dataset = await apply({ timeoutMs: 20, maxQueueDelayMs: 200 })
  await releaseFlights(workspace, await registerFlights(workspace, dataset, { runId: 'r1' }))
  const log = open(await openPredictionLog(workspace))
  const models = open(await openModels(workspace, { log }))
  const serving = open(await openServing(workspace, { log, host: models.host }))
  const ask = () => serving.predict({ system, rows: flights(1) })
  await expect(ask()).rejects.toMatchObject({ code: 'serving/deadlineExceeded', status: 504, retry: true })
  expect(await logged('error, id', { failed: true })).toMatchObject([{ error: 'serving/deadlineExceeded' }])
  await apply({ timeoutMs: 20_000 })
  await serving.refresh()
  expect((await ask()).predictions).toHaveLength(1)
})
