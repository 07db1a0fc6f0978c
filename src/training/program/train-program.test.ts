import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openModel } from '#model'
import { openLake, type Lake } from '#platform'
import type { TrainedCandidate } from '../schema.ts'
import { openTrainingPool, type TrainingPool, type TrainProgramOptions } from '../thread/training-pool.ts'
import { parcels, program, programOrder, settingsIn } from './fixtures/program-data.ts'
import type { ProgramOrder } from './train-program.ts'

let folder: string
let lake: Lake
let pool: TrainingPool
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-program-'))
  lake = await openLake({ folder, threads: 1, memoryMb: 256 })
  pool = openTrainingPool({ threads: 2, programs: settingsIn(folder) })
})
afterAll(async () => {
  await pool.close()
  lake.close()
  await rm(folder, { recursive: true, force: true })
})

interface Kept {
  readonly files: Map<string, string>
  readonly metrics: Record<string, number>
  readonly progress: string[]
}

const train = async (
  order: ProgramOrder,
  options: Partial<TrainProgramOptions> & { readonly rows?: number } = {},
): Promise<Kept & { readonly trained: TrainedCandidate | null; readonly error: unknown }> => {
  const kept: Kept = { files: new Map(), metrics: {}, progress: [] }
  const data = parcels(options.rows ?? 400)
  let [trained, error]: [TrainedCandidate | null, unknown] = [null, null]
  try {
    trained = await pool.trainProgram(data, order, {
      workspace: { lake, folder },
      tracking: null,
      onProgress: (share, text) => kept.progress.push(`${share} ${text}`),
      keepFile: async (path, file) => void kept.files.set(path, await readFile(file, 'utf8')),
      keepMetrics: async (metrics) => void Object.assign(kept.metrics, metrics),
      ...options,
    })
  } catch (thrown) {
    error = thrown
  }
  return { ...kept, trained, error }
}

const isAlive = (pid: number): boolean => {
  try {
    // What was killed and not yet waited for is dead.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
/** Waits until it is so; the test's own time limit ends it. */
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20))
}
const pidsIn = (note: string): number[] => JSON.parse(readFileSync(note, 'utf8') || '[]') as number[]
const written = (note: string): Promise<void> => until(() => existsSync(note) && readFileSync(note, 'utf8') !== '')

describe('trainProgram()', () => {
  const order = programOrder('', { params: { depth: 6, fast: true } })
  let first: Awaited<ReturnType<typeof train>>
  beforeAll(async () => {
    first = await train(order)
  })

  test('gives a program its rows, what they are, parameters, seed and deadline, and makes the standard form of its model', async () => {
    const { trained, error, files, metrics, progress } = first
    expect(error).toBe(null)
    expect(trained).toMatchObject({
      kind: 'command',
      params: { depth: 6, fast: true },
      rows: 400,
      signature: { task: 'binary', classes: ['well', 'late'], inputs: parcels(1).inputs },
      facts: { 'validation rows': 80, 'validation loss': expect.any(Number) },
    })
    expect(progress).toEqual(['0.25 reads its rows', '1 done'])
    expect(metrics).toEqual({ 'rows seen': 320 })
    expect([...files.keys()].sort()).toEqual(['plots/one.svg', 'report.json', 'train.log'])
    expect(files.get('train.log')).toContain('::progress 0.25 reads its rows')
    const report = JSON.parse(files.get('report.json') as string)
    expect(report).toMatchObject({
      description: {
        system: 'parcels',
        candidate: 'own',
        task: 'binary',
        features: parcels(1).inputs,
        target: { name: 'late', classes: ['well', 'late'] },
        time: 'sent',
        weight: 'importance',
        rows: { train: 320, validation: 80 },
      },
      types: [
        { name: 'way', type: 'VARCHAR' },
        { name: 'weight', type: 'DOUBLE' },
        { name: 'fragile', type: 'BOOLEAN' },
        { name: 'sent', type: 'TIMESTAMP' },
        { name: 'late', type: 'BIGINT' },
        { name: 'importance', type: 'DOUBLE' },
      ],
      validation: 80,
    })
    expect(report.rows.slice(0, 2)).toEqual([
      { way: 'air', weight: null, fragile: null, sent: '1970-01-01T00:00:00.000Z', late: 1, importance: 2 },
      { way: 'road', weight: 0.5, fragile: true, sent: '1970-01-01T00:00:01.000Z', late: 0, importance: 2 },
    ])
    const model = await openModel((trained as TrainedCandidate).onnx)
    const scores = await model.predict(parcels(4).table)
    await model.release()
    const late = (scores as { probabilities: Float32Array }).probabilities.filter((_, place) => place % 2 === 1)
    expect(Array.from(late)).toEqual([expect.closeTo(0.5), 0, 1, 0.375])
  })

  test('passes on nothing of the environment but what is named', () => {
    const { files } = first
    const { variables } = JSON.parse(files.get('report.json') as string) as { variables: Record<string, string> }
    expect(Object.keys(variables).sort()).toEqual([
      'MILLRACE_DEADLINE',
      'MILLRACE_DESCRIPTION',
      'MILLRACE_OUTPUT',
      'MILLRACE_PARAMETERS',
      'MILLRACE_SEED',
      'MILLRACE_THREADS',
      'MILLRACE_TRAIN_DATA',
      'MILLRACE_VALIDATION_DATA',
      'MKL_NUM_THREADS',
      'NUMEXPR_NUM_THREADS',
      'OMP_NUM_THREADS',
      'OPENBLAS_NUM_THREADS',
      'PATH',
      'PYTHONDONTWRITEBYTECODE',
      'PYTHONHASHSEED',
      'PYTHONUNBUFFERED',
      'RAYON_NUM_THREADS',
      'TMPDIR',
      'VECLIB_MAXIMUM_THREADS',
    ])
    expect(variables).toMatchObject({ MILLRACE_SEED: expect.stringMatching(/^\d+$/), OMP_NUM_THREADS: '2' })
    expect(variables['MILLRACE_DEADLINE']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  })

  test('gives the same order the same seed and rows, and the same file', async () => {
    const [one, other] = [first, await train(order)]
    expect(Buffer.compare((one.trained as TrainedCandidate).onnx, (other.trained as TrainedCandidate).onnx)).toBe(0)
  })

  test.each([
    [
      'fail',
      'training/programFailed',
      'ended with code 3; its last lines are:\n::progress 0.25 reads its rows\nTraceback: the data is not to my liking',
    ],
    ['no model', 'training/noModel', 'it left metrics.json, plots/one.svg, report.json'],
    ['link', 'training/noModel', 'it left no model.onnx'],
    ['bad metrics', 'training/badOutput', 'its metrics.json cannot be read'],
    ['logits', 'training/badAnswers', 'which are no probabilities of the classes'],
    ['not a number', 'training/badAnswers', 'answers NaN for row 0'],
  ])('refuses a program that does this: %s (%s, %s)', async (does, code, says) => {
    const { error, files } = await train(programOrder(does))
    expect(error).toMatchObject({ code, message: expect.stringContaining(says) })
    expect((error as Error).message).toMatch(/^Cannot train 'own': /)
    expect(files.has('train.log')).toBe(true)
  })

  test('says that a program is not there', async () => {
    const order = programOrder('', { program: program({ command: ['no-such-program'] }) })
    expect((await train(order)).error).toMatchObject({
      code: 'training/programFailed',
      message: expect.stringContaining("'no-such-program' could not be started"),
    })
  })

  test('ends a program at its deadline with all that it started, be it deaf to being asked', async () => {
    const note = join(folder, 'deadline')
    const order = programOrder('', {
      params: { does: 'hang deaf', note },
      program: program({ timeoutMs: 4000 }),
    })
    expect((await train(order)).error).toMatchObject({
      code: 'training/overtime',
      message: expect.stringContaining('it did not end within 4 s'),
    })
    expect(pidsIn(note).filter(isAlive)).toEqual([])
  })

  test('ends a program whose processes take more memory than they may', async () => {
    const { error } = await train(programOrder('eat', { program: program({ memoryMb: 400 }) }))
    expect(error).toMatchObject({
      code: 'training/outOfMemory',
      message: expect.stringContaining('its processes took more than 400 MB'),
    })
  })

  test('ends a program that leaves more than it may', async () => {
    const { error } = await train(programOrder('fill', { program: program({ outputMb: 5 }) }))
    expect(error).toMatchObject({ code: 'training/badOutput', message: expect.stringContaining('more than 5 MB') })
  })

  test('asks a program to end when training is cancelled, and keeps its log', async () => {
    const note = join(folder, 'cancel')
    const controller = new AbortController()
    const order = programOrder('', { params: { does: 'stop when asked', note } })
    const training = train(order, { signal: controller.signal })
    await written(note)
    controller.abort()
    const { error, files } = await training
    expect(error).toMatchObject({ code: 'training/cancelled' })
    expect(files.get('train.log')).toContain('I was asked to end')
    expect(pidsIn(note).filter(isAlive)).toEqual([])
  })

  test('leaves no process and no file behind', async () => {
    const note = join(folder, 'child')
    const { error } = await train(programOrder('', { params: { does: 'leave a child', note } }))
    expect(error).toBe(null)
    expect(pidsIn(note).filter(isAlive)).toEqual([])
    expect(readdirSync(join(folder, 'trainers', 'work'))).toEqual([])
  })

  test('keeps the beginning and the end of a log that is too long', async () => {
    const log = (await train(programOrder('log much'))).files.get('train.log') as string
    expect(log.length).toBeLessThan(5_000_000)
    expect(log).toMatch(/line 0 x+\n/)
    expect(log).toMatch(/\[\d+ bytes left out\]/)
    expect(log).toContain('line 59999 ')
  })

  test('refuses a program that is another one than when the system was applied', async () => {
    const order = programOrder('', { program: program({ files: { 'trainer.ts': '0'.repeat(64) } }) })
    expect((await train(order)).error).toMatchObject({
      code: 'training/programChanged',
      message: expect.stringContaining('trainer.ts is another one than when the system was applied'),
    })
  })

  test('says what to install where there is no Python, before anything is begun', async () => {
    const without = openTrainingPool({ programs: settingsIn(folder, { python: '/nowhere/python3' }) })
    const order = programOrder('', { program: program({ requirements: ['numpy'] }) })
    await expect(without.holdProgram(order)).rejects.toMatchObject({
      code: 'training/noPython',
      message: "Cannot train with Python: there is no '/nowhere/python3'",
      remedy: expect.stringContaining('apt-get install python3-venv'),
    })
    await without.close()
  })

  test('runs no program where they are switched off', async () => {
    const off = openTrainingPool({ programs: settingsIn(folder, { allowed: false }) })
    await expect(off.holdProgram(programOrder(''))).rejects.toMatchObject({ code: 'training/programsOff' })
    await off.close()
  })

  test('lets a program end with the server that started it, also when that is killed', async () => {
    const note = join(folder, 'killed')
    const server = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        '--conditions=source',
        fileURLToPath(new URL('fixtures/program-child.ts', import.meta.url)),
        folder,
        note,
      ],
      { stdio: 'ignore' },
    )
    await written(note)
    const pids = pidsIn(note)
    expect(pids.filter(isAlive)).toHaveLength(2)
    server.kill('SIGKILL')
    await until(() => !pids.some(isAlive))
    // What it left is swept by the next training.
    expect(readdirSync(join(folder, 'trainers', 'work'))).not.toEqual([])
    await train(programOrder('fail'))
    expect(readdirSync(join(folder, 'trainers', 'work'))).toEqual([])
  })

  test('ends a program whose guard is killed, and says so', async () => {
    const note = join(folder, 'guard')
    const training = train(programOrder('', { params: { does: 'hang deaf', note } }))
    await written(note)
    const pids = pidsIn(note)
    const [, parent] = /\) \S (\d+) /.exec(readFileSync(`/proc/${pids[0]}/stat`, 'latin1')) ?? []
    process.kill(Number(parent), 'SIGKILL')
    expect((await training).error).toMatchObject({ code: 'training/threadDied' })
    await until(() => !pids.some(isAlive))
  })
})
