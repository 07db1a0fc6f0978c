import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRun, finishRun, logMetrics } from '#tracking'
import { printed, ranCommand } from '../../fixtures/command-line.ts'
import { askMlflow, fillExperiment, type Filled } from '../../fixtures/filled-experiment.ts'
import { openStore, type OpenStore } from '../../fixtures/open-store.ts'

let folder: string
let opened: OpenStore
let filled: Filled
let own: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-find-'))
  opened = await openStore(join(folder, 'store'))
  filled = await fillExperiment(opened.url)
  const { workspace } = opened.app
  const run = await startRun(workspace, {
    system: 'flight-delay',
    name: 'small trees',
    kind: 'boosted-trees',
    key: 'train/1',
    systemHash: 'a'.repeat(64),
    dataHash: 'b'.repeat(64),
    commit: null,
    dirty: false,
    seed: 7,
    params: { rounds: 200 },
  })
  own = run.id
  await logMetrics(workspace, { runId: own, metrics: { auc: 0.75 } })
  await finishRun(workspace, { runId: own, status: 'finished' })
})
afterAll(async () => {
  await opened.close()
  await rm(folder, { recursive: true })
})

const run = (...words: string[]) => ranCommand(words, opened.store)
const json = async (...words: string[]) => printed(await run(...words, '--json'))

test('millrace runs list shows runs of systems and of clients, told apart, and what to paste next', async () => {
  const { code, out } = await run('runs', 'list')
  expect(code).toBe(0)
  expect(out).toMatch(new RegExp(`${own} +small trees +flight-delay +system +finished`))
  expect(out).toMatch(new RegExp(`${filled.parent} +Größe 大 +Prüfung 試験 №1 +jürgen +finished`))
  expect(out).toMatch(/Next: millrace runs diff \S+ \S+\n$/)
  expect(out).not.toContain(filled.deleted)
})

test('millrace runs search takes filters, orders and experiments as MLflow does', async () => {
  const ids = async (...words: string[]) => (await json('runs', 'search', ...words)).map(({ id }: { id: string }) => id)
  expect(await ids('--filter', 'metrics.auc > 0.7')).toEqual([own])
  expect(await ids('--experiment', filled.experiment, '--order', 'attributes.start_time asc')).toEqual([
    filled.parent,
    filled.child,
  ])
  expect(await ids('--experiment', filled.experiment, '--filter', "params.Tiefe = '6'")).toEqual([filled.parent])
  expect(await ids('--deleted')).toEqual([filled.deleted])
  expect(await ids('--limit', '1', '--order', 'metrics.auc desc')).toHaveLength(1)
  expect((await run('runs', 'search', '--filter', 'metrics.auc > 5')).out).toMatch(/No run matches/)
})

test.each([
  [['runs', 'search', '--filter', 'metrics.auc >> 1'], 'tracking/notTaken', /Invalid/],
  [['runs', 'search', '--filter', "x'; drop table tracking_runs"], 'tracking/notTaken', /Invalid/],
  [['runs', 'search', '--order', 'nothing desc'], 'tracking/notTaken', /Valid keys/],
  [['runs', 'list', '--experiment', 'nowhere'], 'cli/nothingFound', /millrace runs experiments/],
  [['runs', 'show', 'nobody'], 'tracking/notFound', /nobody[^]*'millrace runs list'/],
  [['runs', 'diff', 'nobody', 'nobody'], 'tracking/notFound', /nobody[^]*'millrace runs list'/],
  [['models', 'show', 'nothing'], 'cli/nothingFound', /millrace models list/],
  [['versions', 'show', 'wares', '99'], 'cli/nothingFound', /it has 3 versions/],
  [['aliases', 'set', 'wares', 'best', '99'], 'tracking/notFound', /version=99[^]*'millrace versions list'/],
  [['aliases', 'set', 'wares', 'latest', '1'], 'tracking/notTaken', /reserved/],
  [['aliases', 'set', 'wares', 'best', 'three'], 'cli/badRow', /no number/],
  [['aliases', 'delete', 'nothing', 'best'], 'tracking/notFound', /nothing[^]*'millrace models list'/],
])('millrace %j is refused with the reason', async (words, failure, says) => {
  const { code, err } = await run(...words)
  expect(code).toBe(1)
  expect(err).toContain(`code: ${failure}`)
  expect(err).toMatch(says)
})

test('a word that no command begins with is wrong usage', async () => {
  expect(await run('runs', 'lsit')).toMatchObject({ code: 2 })
  expect(await run('runs', 'list', '--limit', 'many')).toMatchObject({ code: 2 })
})

test('millrace runs show tells all of a run: values, datasets, models and files, and of a system where it comes from', async () => {
  const shown = await json('runs', 'show', filled.parent)
  expect(shown).toMatchObject({
    name: 'Größe 大',
    system: null,
    datasets: [{ name: 'wares', context: 'train' }],
    models: [{ id: filled.loggedModel, direction: 'output', step: 2 }],
  })
  expect(shown.metrics).toContainEqual({ name: 'auc', value: 'NaN', step: 1, atMs: 6 })
  const { out } = await run('runs', 'show', filled.parent)
  expect(out).toMatch(/plots\/Größe é\.txt +4/)
  expect(out).toMatch(/tag +value\n[^]*line +one two.three\n/)
  expect((await run('runs', 'show', own)).out).toMatch(/made by +the system flight-delay[^]*seed +7/)
})

test('millrace runs diff shows only what differs, aligned, and with --all what is equal too', async () => {
  const { out } = await run('runs', 'diff', filled.parent, own)
  expect(out).toMatch(/param Tiefe +6 +– *\n/)
  expect(out).toMatch(/param rounds +– +200 *\n/)
  expect(out).not.toMatch(/status status/)
  expect((await run('runs', 'diff', filled.parent, own, '--all')).out).toMatch(/status status +finished +finished/)
  const same = await json('runs', 'diff', own, own)
  expect(same.differences).toEqual([])
  const { run: other } = await askMlflow(opened.url, 'POST runs/create', { experiment_id: filled.experimentId })
  const id = other.info.run_id
  await askMlflow(opened.url, 'POST runs/log-metric', { run_id: id, key: 'auc', value: 0.5, timestamp: 1 })
  const { differences } = await json('runs', 'diff', own, id)
  expect(differences).toContainEqual({ kind: 'metric', name: 'auc', values: [0.75, 0.5], differs: true, change: -0.25 })
})

test('millrace models, versions and aliases list, show, set and delete', async () => {
  expect((await run('models', 'list')).out).toMatch(/wares +clients +champion = 2/)
  expect(await json('models', 'search', '--filter', "tags.team = 'shop'")).toHaveLength(1)
  expect(await json('models', 'search', '--filter', "tags.team = 'other'")).toEqual([])
  expect((await run('models', 'show', 'wares')).out).toMatch(/Was zurückkommt[^]*wares +3 +clients +ready/)
  expect((await json('versions', 'list', 'wares')).map(({ version }: { version: number }) => version)).toEqual([
    3, 2, 1,
  ])
  expect((await run('versions', 'show', 'wares', 'champion')).out).toMatch(/2 of wares[^]*tag reviewed +yes/)
  expect(await run('aliases', 'set', 'wares', 'candidate', '3')).toMatchObject({ code: 0 })
  expect(await json('aliases', 'list', 'wares')).toEqual([
    { model: 'wares', alias: 'candidate', version: 3, kind: 'registered' },
    { model: 'wares', alias: 'champion', version: 2, kind: 'registered' },
  ])
  expect(await run('aliases', 'delete', 'wares', 'candidate')).toMatchObject({ code: 0 })
  expect(await json('aliases', 'list')).toHaveLength(1)
})
