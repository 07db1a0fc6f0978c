import { createHash } from 'node:crypto'
import { appendFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRun } from '#tracking'
import { printed, ranCommand } from '../../fixtures/command-line.ts'
import { askMlflow, fillExperiment, putFile, type Filled } from '../../fixtures/filled-experiment.ts'
import { openStore, type OpenStore } from '../../fixtures/open-store.ts'

let folder: string
let from: OpenStore
let to: OpenStore
let filled: Filled
const at = (name: string): string => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-transfer-'))
  from = await openStore(at('from'))
  to = await openStore(at('to'))
  // The number of the experiment is another one there.
  await askMlflow(to.url, 'POST experiments/create', { name: 'in the way' })
  filled = await fillExperiment(from.url)
  const { code, err } = await ranCommand(['runs', 'export', filled.experiment, at('export')], from.store)
  if (code !== 0) throw new Error(err)
})
afterAll(async () => {
  await from.close()
  await to.close()
  await rm(folder, { recursive: true })
})

/** All files of a folder with their bytes. */
async function bytesIn(path: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const pairs = await Promise.all(
    files.map(async (file) => [file.slice(path.length), (await readFile(file)).toString('base64')] as const),
  )
  return new Map(pairs.sort(([a], [b]) => (a < b ? -1 : 1)))
}

test('an export that was imported elsewhere is exported again to the same bytes', async () => {
  const imported = await ranCommand(['runs', 'import', at('export'), '--json'], to.store)
  expect(imported).toMatchObject({ code: 0, err: '' })
  expect(printed(imported)).toMatchObject({
    runs: 3,
    points: 25_006,
    files: 5,
    loggedModels: 1,
    models: 1,
    versions: 2,
    failures: [],
  })
  const again = await ranCommand(['runs', 'export', filled.experiment, at('again')], to.store)
  expect(again).toMatchObject({ code: 0 })
  const [one, other] = [await bytesIn(at('export')), await bytesIn(at('again'))]
  expect([...other.keys()]).toEqual([...one.keys()])
  for (const [file, bytes] of one) expect([file, other.get(file) === bytes]).toEqual([file, true])
  const { run } = await askMlflow(to.url, `GET runs/get?run_id=${filled.parent}`)
  expect(run.data.metrics.find((one: { key: string }) => one.key === 'auc').value).toBe('NaN')
  const version = await askMlflow(to.url, 'GET model-versions/get-download-uri?name=wares&version=3')
  expect(version.artifact_uri).toBe(`${run.info.artifact_uri}/plots`)
})

test('an import that is done again changes nothing, and only what is new is brought in', async () => {
  const again = await ranCommand(['runs', 'import', at('export'), '--json'], to.store)
  expect(printed(again)).toMatchObject({ runs: 0, runsThere: 3, files: 0, failures: [] })
  await askMlflow(from.url, 'POST runs/log-metric', { run_id: filled.parent, key: 'late', value: 1, timestamp: 1 })
  await putFile(from.url, `${filled.experimentId}/${filled.parent}/artifacts/late.txt`, 'late')
  const exported = await ranCommand(['runs', 'export', filled.experiment, at('export'), '--json'], from.store)
  expect(printed(exported)).toMatchObject({ files: 1 })
  const more = await ranCommand(['runs', 'import', at('export'), '--json'], to.store)
  expect(printed(more)).toMatchObject({ runs: 1, runsThere: 2, files: 1, failures: [] })
})

test('an import beside the exported experiment gives new ids, names the old ones, and leaves no name of them behind', async () => {
  const words = ['runs', 'import', at('export'), '--experiment', 'copy', '--json']
  const imported = await ranCommand(words, from.store)
  expect(imported).toMatchObject({ code: 0, err: '' })
  const found = printed(await ranCommand(['runs', 'list', '--experiment', 'copy', '--json'], from.store))
  const tag = (run: Tagged, name: string) => run.tags.find((one) => one.name === name)?.value
  const copies = new Map((found as Tagged[]).map((run) => [tag(run, 'millrace.importedFrom'), run]))
  const [parent, child] = [copies.get(filled.parent), copies.get(filled.child)] as [Tagged, Tagged]
  expect(parent.id).toMatch(/^[0-9a-f]{32}$/)
  expect(parent.id).not.toBe(filled.parent)
  expect(tag(child, 'mlflow.parentRunId')).toBe(parent.id)
  const shown = printed(await ranCommand(['runs', 'show', parent.id, '--json'], from.store))
  expect(shown.files.map(({ path }: { path: string }) => path)).toContain('plots/Größe é.txt')
  expect(shown.models[0].id).not.toBe(filled.loggedModel)
  const versions = printed(await ranCommand(['versions', 'list', 'wares', '--json'], from.store))
  expect(versions.map(({ version, run }: { version: number; run: string }) => [version, run])).toContainEqual([
    5,
    parent.id,
  ])
  expect(printed(await ranCommand(words, from.store))).toMatchObject({ runs: 0, runsThere: 3, failures: [] })
})

test('an empty experiment goes to another store and back', async () => {
  await askMlflow(from.url, 'POST experiments/create', { name: 'empty' })
  expect(await ranCommand(['runs', 'export', 'empty', at('empty')], from.store)).toMatchObject({ code: 0 })
  // No server has this store open: the command is enough.
  expect(await ranCommand(['runs', 'import', at('empty')], at('alone'))).toMatchObject({ code: 0 })
  const again = await ranCommand(['runs', 'export', 'empty', at('empty-again')], at('alone'))
  expect(again).toMatchObject({ code: 0 })
  expect(await bytesIn(at('empty-again'))).toEqual(await bytesIn(at('empty')))
})

interface Tagged {
  readonly id: string
  readonly tags: readonly { readonly name: string; readonly value: string }[]
}

/** Changes a copy of the export. */
const broken: readonly (readonly [string, (path: string) => Promise<unknown>, string, RegExp])[] = [
  ['a folder that is none', (path) => rm(path, { recursive: true }), 'cli/notAnExport', /has no export\.json/],
  [
    'a folder of something else',
    (path) => writeFile(join(path, 'export.json'), '{"form":"recipes"}'),
    'cli/notAnExport',
    /not of an experiment/,
  ],
  ['an export that was interrupted', (path) => changed(path, { complete: false }), 'cli/notAnExport', /interrupted/],
  ['another version of the format', (path) => changed(path, { version: 2 }), 'cli/otherFormat', /version 2, and 1/],
  ['a manifest that is cut off', (path) => writeFile(join(path, 'export.json'), '{'), 'cli/damagedExport', /not JSON/],
  [
    'a list that was changed',
    (path) => appendFile(join(path, 'runs.jsonl'), '{}\n'),
    'cli/damagedExport',
    /runs\.jsonl': its bytes are not those/,
  ],
  [
    'a file that was changed',
    async (path) => writeFile(await someArtifact(path), 'other'),
    'cli/damagedExport',
    /which is the artifact '[^']+': its bytes are not/,
  ],
  [
    'a file that is missing',
    async (path) => rm(await someArtifact(path)),
    'cli/damagedExport',
    /which is the artifact '[^']+': it is missing/,
  ],
]

test.each(broken)('an import of %s is refused, and nothing is stored', async (what, damage, failure, says) => {
  const path = at(`broken ${what}`)
  await cp(at('export'), path, { recursive: true })
  await damage(path)
  const { code, err } = await ranCommand(['runs', 'import', path, '--experiment', what], to.store)
  expect(code).toBe(1)
  expect(err).toContain(`code: ${failure}`)
  expect(err).toMatch(says)
  const { experiments } = await askMlflow(to.url, 'GET experiments/search?max_results=100')
  expect(experiments.map(({ name }: { name: string }) => name)).not.toContain(what)
})

test('an import into the experiment of a system is refused, and nothing is stored', async () => {
  const { workspace } = to.app
  await startRun(workspace, {
    system: 'flight-delay',
    name: 'small trees',
    kind: 'boosted-trees',
    key: 'train/1',
    systemHash: 'a'.repeat(64),
    dataHash: 'b'.repeat(64),
    commit: null,
    dirty: false,
    seed: 7,
  })
  const { code, err } = await ranCommand(['runs', 'import', at('export'), '--experiment', 'flight-delay'], to.store)
  expect([code, err]).toEqual([1, expect.stringMatching(/'flight-delay'[^]*--experiment[^]*tracking\/ownRecord/)])
  const found = await ranCommand(['runs', 'list', '--experiment', 'flight-delay', '--json'], to.store)
  expect(printed(found)).toHaveLength(1)
})

test.each([
  ['../../../../escape', /Invalid path/],
  ['/etc/escape', /Invalid path/],
  ['a/%2e%2e/%2e%2e/escape', /Invalid path/],
])('a file that an export names %s is not stored, and the rest is', async (name, says) => {
  const path = at(`tricks ${name.replaceAll('/', '_')}`)
  await cp(at('export'), path, { recursive: true })
  const text = await readFile(join(path, 'runs.jsonl'), 'utf8')
  const tricky = text.replace('"path":"plots/copy.txt"', `"path":${JSON.stringify(name)}`)
  await writeFile(join(path, 'runs.jsonl'), tricky)
  const files = (JSON.parse(await readFile(join(path, 'export.json'), 'utf8')) as { files: Record<string, object> })
    .files
  const digest = createHash('sha256').update(tricky).digest('hex')
  await changed(path, { files: { ...files, 'runs.jsonl': { ...files['runs.jsonl'], digest } } })
  const { code, out } = await ranCommand(['runs', 'import', path, '--experiment', name, '--json'], to.store)
  expect(code).toBe(1)
  const { failures, files: stored } = JSON.parse(out)
  expect(failures).toEqual([{ what: expect.stringContaining(name), why: expect.stringMatching(says) }])
  expect(stored).toBeGreaterThan(3)
})

async function changed(path: string, change: object): Promise<void> {
  const file = join(path, 'export.json')
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...change }))
}

async function someArtifact(path: string): Promise<string> {
  const entries = await readdir(join(path, 'artifacts'), { recursive: true, withFileTypes: true })
  const found = entries.find((entry) => entry.isFile())
  return join(found?.parentPath as string, found?.name as string)
}

test('an export into a folder that holds something else is refused, and changes nothing in it', async () => {
  await writeFile(at('notes.txt'), 'mine')
  for (const [target, says] of [
    [folder, /is not empty, and no export/],
    [at('empty'), /holds an export of 'empty'/],
  ] as const) {
    const before = await readdir(target)
    const { code, err } = await ranCommand(['runs', 'export', filled.experiment, target], from.store)
    expect([code, err]).toEqual([1, expect.stringMatching(says)])
    expect((await readdir(target)).filter((name) => name !== 'artifacts')).toEqual(
      before.filter((name) => name !== 'artifacts'),
    )
  }
})

test('an experiment that is not there cannot be exported, and the message says how to find one', async () => {
  const { code, err } = await ranCommand(['runs', 'export', 'nowhere', at('nowhere')], from.store)
  expect([code, err]).toEqual([1, expect.stringMatching(/'nowhere'[^]*millrace runs experiments[^]*cli\/nothingFound/)])
})
