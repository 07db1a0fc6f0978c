import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { printed, ranCommand } from '../fixtures/command-line.ts'
import { askMlflow, fillExperiment, putFile, type Filled } from '../fixtures/filled-experiment.ts'
import { openFront } from '../fixtures/front-server.ts'
import { openStore, type OpenStore } from '../fixtures/open-store.ts'

let folder: string
let source: OpenStore
let target: OpenStore
let filled: Filled
let child: ChildProcess | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-import-'))
  source = await openStore(join(folder, 'source'))
  target = await openStore(join(folder, 'target'))
  filled = await fillExperiment(source.url)
})
afterAll(async () => {
  child?.kill('SIGKILL')
  await source.close()
  await target.close()
  await rm(folder, { recursive: true, maxRetries: 3 })
})

test('millrace import-mlflow brings experiments, runs, histories, files and registered models over, and again only what is new', async () => {
  const words = ['import-mlflow', source.url, '--registry', '--json']
  const first = await ranCommand(words, target.store)
  expect(first).toMatchObject({ code: 0, err: '' })
  const report = printed(first)
  expect(report).toMatchObject({
    runs: 3,
    points: 25_006,
    files: 5,
    loggedModels: 1,
    models: 1,
    versions: 3,
    failures: [],
  })
  const there = await askMlflow(source.url, `GET runs/get?run_id=${filled.parent}`)
  const here = await askMlflow(target.url, `GET runs/get?run_id=${filled.parent}`)
  const sorted = (list: { key: string }[]) => list.sort((a, b) => (a.key < b.key ? -1 : 1))
  for (const list of ['params', 'tags', 'metrics'])
    expect(sorted(here.run.data[list])).toEqual(sorted(there.run.data[list]))
  expect(here.run.inputs).toEqual(there.run.inputs)
  expect(here.run.outputs).toEqual(there.run.outputs)
  const history = `GET metrics/get-history?run_id=${filled.child}&metric_key=loss`
  expect(await askMlflow(target.url, history)).toEqual(await askMlflow(source.url, history))
  const deleted = await askMlflow(target.url, `GET runs/get?run_id=${filled.deleted}`)
  expect(deleted.run.info.lifecycle_stage).toBe('deleted')
  const alias = 'GET registered-models/alias?name=wares&alias=champion'
  const [one, other] = [await askMlflow(source.url, alias), await askMlflow(target.url, alias)]
  expect(other.model_version).toEqual(one.model_version)

  const again = printed(await ranCommand(words, target.store))
  expect(again).toMatchObject({ runs: 0, runsThere: 3, points: 0, files: 0, failures: [] })
  await askMlflow(source.url, 'POST runs/set-tag', { run_id: filled.parent, key: 'late', value: 'x' })
  const more = printed(await ranCommand(words, target.store))
  expect(more).toMatchObject({ runs: 1, runsThere: 2, files: 0, filesThere: 4, failures: [] })
})

test('millrace import-mlflow leaves files of other stores where they are, and says so', async () => {
  const made = { name: 'elsewhere', artifact_location: 's3://bucket/folder' }
  const { experiment_id } = await askMlflow(source.url, 'POST experiments/create', made)
  const { run } = await askMlflow(source.url, 'POST runs/create', { experiment_id })
  const { code, out } = await ranCommand(['import-mlflow', source.url, '--experiment', 'elsewhere'], target.store)
  expect(code).toBe(0)
  expect(out).toMatch(/Notes\n {2}⚠ files of run [0-9a-f]{32}: they stay at s3:\/\/bucket\/…/)
  const here = await askMlflow(target.url, `GET runs/get?run_id=${run.info.run_id}`)
  expect(here.run.info.artifact_uri).toBe(run.info.artifact_uri)
})

test('millrace import-mlflow asks again where the server is busy, and goes on without a file that it cannot give', async () => {
  const { experiment_id } = await askMlflow(source.url, 'POST experiments/create', { name: 'shaky' })
  const { run } = await askMlflow(source.url, 'POST runs/create', { experiment_id })
  const at = `${experiment_id}/${run.info.run_id}/artifacts`
  for (const name of ['bad', 'good']) await putFile(source.url, `${at}/${name}`, name)
  let busy = 1
  const front = await openFront(source.url, (path) =>
    path.endsWith('/bad') ? 404 : /runs\/search/.test(path) && busy-- > 0 ? 503 : undefined,
  )
  const { code, out } = await ranCommand(['import-mlflow', front.url, '--experiment', 'shaky'], target.store)
  await front.close()
  expect(code).toBe(1)
  expect(out).toMatch(/1 run, [^]*1 file,[^]*Not brought in\n {2}✖ 'bad' of run/)
  const again = await ranCommand(['import-mlflow', source.url, '--experiment', 'shaky'], target.store)
  expect(again).toMatchObject({ code: 0 })
  expect(again.out).toMatch(/1 file, 1 file there already/)
})

test('millrace import-mlflow goes on where it was after the server that it writes to was killed', async () => {
  const store = join(folder, 'killed')
  const start = async (): Promise<void> => {
    const program = fileURLToPath(new URL('../fixtures/store-process.ts', import.meta.url))
    child = spawn(process.execPath, ['--conditions=source', program, store], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout as NodeJS.ReadableStream, 'data')
  }
  await start()
  // Once, between the histories of a run and its files.
  let first = child
  const front = await openFront(source.url, async (path) => {
    if (!path.includes('large.bin') || first === undefined) return undefined
    const ended = once(first, 'exit')
    first.kill('SIGKILL')
    first = undefined
    await ended
    return undefined
  })
  const words = ['import-mlflow', front.url, '--experiment', filled.experiment, '--registry']
  const lost = await ranCommand(words, store)
  expect(lost.code).toBe(1)
  expect(lost.err).toMatch(/Run the same command again[^]*cli\/connectionLost/)
  await start()
  const done = await ranCommand([...words, '--json'], store)
  await front.close()
  expect(done).toMatchObject({ code: 0, err: '' })
  const report = printed(done)
  expect(report).toMatchObject({ loggedModels: 1, failures: [] })
  // The run that was interrupted is brought in again; two began at the same moment, and either may have come first.
  expect([report.runs + report.runsThere, report.runs > 0, report.runsThere > 0]).toEqual([3, true, true])
})

test.each([
  ['what is no address', 'mlruns', /it is no address/],
  ['a database', 'sqlite:///mlflow.db', /http:\/\/ or https:\/\/ is needed[^]*mlflow server/],
  ['a folder', 'file:///mlruns', /http:\/\/ or https:\/\/ is needed/],
])('millrace import-mlflow refuses %s', async (_, uri, says) => {
  const { code, err } = await ranCommand(['import-mlflow', uri], target.store)
  expect([code, err]).toEqual([1, expect.stringMatching(says)])
  expect(err).toContain('code: cli/sourceRefused')
})

test.each([
  ['a port that no client of HTTP asks', 'http://127.0.0.1:1', /kept for another protocol/],
  ['a port that nobody listens on', 'http://127.0.0.1:CLOSED', /refused/],
  ['a host that is none', 'http://nowhere.invalid', /no host has this name/],
  ['a port that speaks no TLS', 'https://127.0.0.1:OPEN', /does not speak HTTPS/],
])('millrace import-mlflow says of %s that it cannot be reached, and what to check', async (_, address, says) => {
  const [open, closed] = [await openFront(source.url, () => 418), await openFront(source.url, () => 418)]
  await closed.close()
  const uri = address.replace('CLOSED', new URL(closed.url).port).replace('OPEN', new URL(open.url).port)
  const { code, err } = await ranCommand(['import-mlflow', uri], target.store)
  await open.close()
  expect([code, err]).toEqual([1, expect.stringMatching(/the address cannot be reached[^]*code: cli\/unreachable/)])
  expect(err).toMatch(says)
  expect(err).toMatch(/Check host and port/)
  expect(err).not.toMatch(/is back/)
})

test('millrace import-mlflow refuses a server of something else, and an experiment that is not there', async () => {
  const other = await openFront(source.url, () => 418)
  const refused = await ranCommand(['import-mlflow', other.url], target.store)
  await other.close()
  expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/it answered 418, not as MLflow does/)])
  const missing = await ranCommand(['import-mlflow', source.url, '--experiment', 'nowhere'], target.store)
  expect([missing.code, missing.err]).toEqual([1, expect.stringMatching(/'nowhere'[^]*It has .*'shaky'/)])
})

test('millrace import-mlflow keeps the name and password of an address out of what it says', async () => {
  const file = join(folder, 'token')
  await writeFile(file, 'secret-token\n')
  const front = await openFront(source.url, () => 401)
  const address = front.url.replace('http://', 'http://ada:lovelace@')
  for (const words of [[address], [address, '--token-file', file]]) {
    const { code, out, err } = await ranCommand(['import-mlflow', ...words], target.store)
    expect(code).toBe(1)
    expect(err).toMatch(/it answered 401/)
    expect(out + err).not.toMatch(/lovelace|secret-token/)
  }
  await front.close()
})
