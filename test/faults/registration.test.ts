import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openApp, type App } from '#app'
import { matrixClassifier } from '../../src/model/fixtures/foreign-graphs.ts'
import { withTensorsBeside } from '../../src/model/fixtures/external-data.ts'
import { quiet } from '../journeys/fixtures/open-journey.ts'
import { buyersSystem, onnxModel, registeringClient, visits } from '../journeys/fixtures/registered-models.ts'

const program = fileURLToPath(new URL('./fixtures/work.ts', import.meta.url))
let folder: string
let url: string
const client = registeringClient(() => url)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-registration-'))
})
afterEach(() => rm(folder, { recursive: true, maxRetries: 3 }))

/** Opens the store in this process for a while. */
async function opened<T>(options: { readonly worker: boolean }, use: (app: App) => Promise<T>): Promise<T> {
  const app = await openApp({ folder: join(folder, 'store'), config: quiet, ...options })
  ;({ url } = await app.listen())
  try {
    return await use(app)
  } finally {
    await app.close()
  }
}

/** Steps that leave something behind, whether they end or not. */
const killedAt = ['make them one file', 'try it', 'serve it', 'fit it to the system', 'evaluate it'].concat([
  'register it',
  'release it',
  'record the version',
])

/** Lets processes work at the registrations, each until one of the steps begins that had not before. @returns the steps */
async function killedAtEach(): Promise<readonly string[]> {
  const seen = new Set<string>()
  const work = new DatabaseSync(join(folder, 'store', 'work.sqlite'), { readOnly: true })
  const runs = work.prepare(
    "select count(*) as open from workflow_runs where workflow_name = 'registration' and status in ('pending', 'running')",
  )
  const begun = work.prepare('select distinct step_name as name from step_attempts')
  while ((runs.get() as { open: number }).open > 0) {
    const child = spawn(process.execPath, ['--conditions=source', program, join(folder, 'store')], { stdio: 'ignore' })
    const ended = once(child, 'exit')
    for (;;) {
      const next = (begun.all() as { name: string }[]).find(({ name }) => killedAt.includes(name) && !seen.has(name))
      if (next) seen.add(next.name)
      if (next || (runs.get() as { open: number }).open === 0) break
      await pause(1)
    }
    child.kill('SIGKILL')
    await ended
  }
  work.close()
  return [...seen]
}

const weights = [
  [0, 2],
  [0, -2],
  [0, 0],
]

test('registrations that are killed at each step that leaves something behind go on there: both serve, and nothing was done twice', async () => {
  await writeFile(join(folder, 'visits.csv'), visits)
  await opened({ worker: true }, async () => {
    const answer = await fetch(`${url}/api/v1/systems/buyers`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ spec: buyersSystem('buyers'), baseFolder: folder }),
    })
    expect(answer.status).toBe(200)
  })
  const { graph, data } = withTensorsBeside(matrixClassifier(weights))
  const files = { MLmodel: onnxModel(), 'model.onnx': graph, 'weights.data': data }
  await opened({ worker: false }, async () => {
    for (const name of ['alone', 'buyers'])
      expect((await client.register(name, files)).status).toBe('PENDING_REGISTRATION')
  })
  expect((await killedAtEach()).toSorted()).toEqual(killedAt.toSorted())
  await opened({ worker: true }, async () => {
    for (const name of ['alone', 'buyers'])
      expect(await client.judged({ name, version: '1' })).toMatchObject({ status: 'READY' })
    expect((await fetch(`${url}/v2/models/alone/versions/1`)).status).toBe(200)
    expect((await fetch(`${url}/v2/models/buyers/versions/1`)).status).toBe(200)
  })
  const facts = new DatabaseSync(join(folder, 'store', 'facts.sqlite'), { readOnly: true })
  const count = (from: string) => (facts.prepare(`select count(*) as n from ${from}`).get() as { n: number }).n
  expect({
    files: count('serving_models'),
    versions: count('registry_versions'),
    releases: count('deployment_releases'),
    rulings: count("governance_decisions where kind = 'gate'"),
    runs: count("tracking_runs where name = 'buyers version 1'"),
    services: count('registry_model_services'),
  }).toEqual({ files: 1, versions: 1, releases: 1, rulings: 1, runs: 1, services: 2 })
  facts.close()
}, 300_000)
