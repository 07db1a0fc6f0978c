import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openSession, type GraphSession } from '#model'
import { addingModel, matrixModel, shapedModel } from '../fixtures/engine-graphs.ts'
import { runMadeUp } from './measure-graph.ts'
import { isSameGraph, preparedGraphs, type PreparedGraphs } from './prepared-graph.ts'

const child = fileURLToPath(new URL('../fixtures/prepare-child.ts', import.meta.url))
const size = 600
let folder: string
let matrix: string
let kept: string
let graphs: PreparedGraphs
/** What the graph itself gives. */
let expected: Awaited<ReturnType<typeof runMadeUp>>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-prepared-'))
  matrix = await file('matrix', matrixModel(size))
  expected = await answersOf(await preparedGraphs(null).open(matrix))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(async () => {
  kept = await mkdtemp(join(folder, 'kept-'))
  graphs = preparedGraphs(kept)
})

const file = async (name: string, bytes: Uint8Array): Promise<string> => {
  await writeFile(join(folder, name), bytes)
  return join(folder, name)
}
const answersOf = async (session: GraphSession) => {
  try {
    return await runMadeUp(session, 5)
  } finally {
    await session.release()
  }
}
const pathOf = async (part = ''): Promise<string> => join(kept, (await readdir(kept))[0] as string, part)
/** Lets a process prepare a graph until it is killed some time after it is up. */
const killAfter = async (ms: number, ...parameters: readonly string[]): Promise<void> => {
  const started = spawn(process.execPath, ['--conditions=source', child, ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.stdout.once('data', () => setTimeout(() => started.kill('SIGKILL'), ms))
  await once(started, 'close')
}
const ageBy = async (path: string, ms: number): Promise<void> => {
  const seconds = (Date.now() - ms) / 1000
  await utimes(path, seconds, seconds)
}

test('a graph with many weights gives what it gave once it was prepared', async () => {
  expect(await graphs.isSettled(matrix)).toBe(false)
  await graphs.prepare(matrix)
  expect(await graphs.isSettled(matrix)).toBe(true)
  expect((await readdir(await pathOf())).sort()).toEqual(['graph.onnx', 'graph.onnx.weights'])
  expect(await answersOf(await graphs.open(matrix))).toEqual(expected)
})

const noMaps = process.platform === 'linux' ? '' : ' (skipped: /proc/self/maps is of Linux alone)'
test.skipIf(noMaps !== '')(`the weights of a prepared graph are mapped from its file${noMaps}`, async () => {
  await graphs.prepare(matrix)
  const session = await graphs.open(matrix)
  expect(await readFile('/proc/self/maps', 'utf8')).toContain(await pathOf('graph.onnx.weights'))
  await session.release()
})

test('a graph is prepared once when several ask for it at once', async () => {
  await Promise.all(Array.from({ length: 4 }, () => preparedGraphs(kept).prepare(matrix)))
  expect(await readdir(kept)).toHaveLength(1)
  expect(await answersOf(await graphs.open(matrix))).toEqual(expected)
})

test('a small graph is left alone', async () => {
  const path = await file('small', addingModel(1))
  await graphs.prepare(path)
  expect([await readdir(kept), await graphs.isSettled(path)]).toEqual([[], true])
})

test('a large graph without weights is looked at once', async () => {
  const small = addingModel(1)
  // A field that no reader knows.
  const unknown = Buffer.concat([Buffer.from([0xfa, 0x3f, 0x80, 0x80, 0x80, 0x01]), Buffer.alloc(2_097_152)])
  const path = await file('large', Buffer.concat([small, unknown]))
  await graphs.prepare(path)
  expect([await readdir(await pathOf()), await graphs.isSettled(path)]).toEqual([[], true])
  await (await graphs.open(path)).release()
})

test('a graph is the same as one that says and gives the same alone', async () => {
  const open = (bytes: Uint8Array): Promise<GraphSession> => openSession(bytes)
  const [one, same, other, wider, lone] = await Promise.all([
    open(matrixModel(3)),
    open(matrixModel(3)),
    open(matrixModel(3, 1.000001)),
    open(matrixModel(4)),
    open(shapedModel([2])),
  ])
  expect([
    await isSameGraph(one, same),
    await isSameGraph(one, other),
    await isSameGraph(one, wider),
    await isSameGraph(lone, lone),
  ]).toEqual([true, false, false, false])
  await Promise.all([one, same, other, wider, lone].map((session) => session.release()))
})

test.each(['graph.onnx', 'graph.onnx.weights'])(
  'a graph whose %s is damaged is opened as it is, and prepared again',
  async (part) => {
    await graphs.prepare(matrix)
    await truncate(await pathOf(part), 100)
    expect(await answersOf(await graphs.open(matrix))).toEqual(expected)
    expect(await graphs.isSettled(matrix)).toBe(false)
    await graphs.prepare(matrix)
    expect(await answersOf(await graphs.open(matrix))).toEqual(expected)
  },
)

test('a graph during whose preparation a process died is not tried again for an hour', async () => {
  await graphs.prepare(matrix)
  const claim = `${await pathOf()}.making`
  await rm(await pathOf(), { recursive: true })
  await mkdir(claim)
  await ageBy(claim, 60_000)
  await graphs.prepare(matrix)
  expect(await answersOf(await graphs.open(matrix))).toEqual(expected)
  expect(await graphs.isSettled(matrix)).toBe(false)
  await ageBy(claim, 3_700_000)
  await graphs.prepare(matrix)
  expect([await graphs.isSettled(matrix), (await readdir(kept)).length]).toEqual([true, 1])
})

test('a process that is killed while it prepares a graph leaves all of its form or none, and others go on', async () => {
  const large = await file('killed', matrixModel(1500))
  const largeAnswers = await answersOf(await preparedGraphs(null).open(large))
  for (const ms of [20, 60, 100, 160]) {
    await killAfter(ms, kept, large)
    expect(await answersOf(await graphs.open(large))).toEqual(largeAnswers)
    // An hour later another one tries.
    const claims = (await readdir(kept)).filter((name) => name.endsWith('.making'))
    for (const claim of claims) await ageBy(join(kept, claim), 3_700_000)
  }
  await graphs.prepare(large)
  expect((await readdir(await pathOf())).sort()).toEqual(['graph.onnx', 'graph.onnx.weights'])
  expect(await answersOf(await graphs.open(large))).toEqual(largeAnswers)
})

test('what was not opened for a month goes when another is prepared', async () => {
  await graphs.prepare(matrix)
  const first = await pathOf()
  await ageBy(first, 29 * 86_400_000)
  await (await graphs.open(matrix)).release()
  expect(Date.now() - (await stat(first)).mtimeMs).toBeLessThan(60_000)
  await ageBy(first, 31 * 86_400_000)
  await graphs.prepare(await file('other', matrixModel(size + 1)))
  expect(await readdir(kept)).toHaveLength(1)
  expect(await answersOf(await graphs.open(matrix))).toEqual(expected)
})

test('a graph is served as it is where nothing can be kept', async () => {
  const full = preparedGraphs(await file('no-folder', Buffer.alloc(1)))
  await full.prepare(matrix)
  expect(await answersOf(await full.open(matrix))).toEqual(expected)
})
