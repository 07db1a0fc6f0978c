import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pythonEnvironment } from '../../bench/peers/python-environment.ts'
import { startMlflow, type TrackingServer } from '../../bench/tracking/servers.ts'
import { printed, ranCommand } from '../../cli/fixtures/command-line.ts'
import { askMlflow, fillExperiment, type Filled } from '../../cli/fixtures/filled-experiment.ts'
import { openStore, type OpenStore } from '../../cli/fixtures/open-store.ts'

const found = await pythonEnvironment(['mlflow>=3,<4'], {
  log: (line: string) => process.stderr.write(`${line}\n`),
})
const python = 'python' in found ? found.python : undefined
if ('skipped' in found) process.stderr.write(`Nothing is imported from MLflow's server: ${found.skipped}\n`)

describe.skipIf(python === undefined)("millrace import-mlflow, from MLflow's own server", () => {
  let folder: string
  let source: TrackingServer | undefined
  let target: OpenStore | undefined
  let filled: Filled
  let url: string
  let store: string
  let here: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-import-'))
    source = await startMlflow(python as string)
    url = `http://127.0.0.1:${source.port}`
    filled = await fillExperiment(url, { thousands: 6 })
    target = await openStore(join(folder, 'store'))
    ;({ store, url: here } = target)
  }, 600_000)
  afterAll(async () => {
    await target?.close()
    await source?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('brings experiments, runs, histories, files and registered models over, and again nothing', async () => {
    const words = ['import-mlflow', url, '--registry', '--json']
    const first = await ranCommand(words, store)
    expect(first).toMatchObject({ code: 0, err: '' })
    const counts = { runs: 3, points: 6006, files: 5, loggedModels: 1, models: 1, versions: 3, failures: [] }
    expect(printed(first)).toMatchObject(counts)
    const ofRun = (id: string) => `GET runs/get?run_id=${id}`
    for (const id of [filled.parent, filled.child, filled.deleted]) {
      const [there, own] = [await askMlflow(url, ofRun(id)), await askMlflow(here, ofRun(id))]
      const { experiment_id: _, artifact_uri: __, ...info } = there.run.info
      expect(own.run.info).toMatchObject(info)
      for (const list of ['params', 'tags', 'metrics'])
        expect(sorted(own.run.data[list])).toEqual(sorted(there.run.data[list]))
      expect(own.run.outputs).toEqual(there.run.outputs)
    }
    const history = `GET metrics/get-history?run_id=${filled.child}&metric_key=loss&max_results=25000`
    expect((await askMlflow(here, history)).metrics).toEqual(pointsOf((await askMlflow(url, history)).metrics))
    const alias = 'GET registered-models/alias?name=wares&alias=champion'
    const [one, other] = [await askMlflow(url, alias), await askMlflow(here, alias)]
    expect(other.model_version).toMatchObject({ version: '2', source: one.model_version.source })
    expect(printed(await ranCommand(words, store))).toMatchObject({
      runs: 0,
      runsThere: 3,
      failures: [],
    })
  }, 180_000)
})

type Keyed = { readonly key: string; readonly run_id?: string }
const sorted = (list: readonly Keyed[] = []) => pointsOf(list).sort((a, b) => (a.key < b.key ? -1 : 1))

/** What MLflow's server adds to a value of a metric is known already. */
const pointsOf = (list: readonly Keyed[]) =>
  list.map((one) => {
    const { run_id: _, ...rest } = one
    return rest
  })
