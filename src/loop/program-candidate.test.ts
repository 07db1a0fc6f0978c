import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openModel } from '#model'
import { numberColumn, stringColumn } from '#platform'
import { versionsOf } from '#registry'
import { command, parseSystem, type SystemInput } from '#system'
import { experiments, run, runsOf, type Run } from '#tracking'
import { openTrainingPool } from '#training'
import { lateParcels, openTinyLoop, startMs, day, type TinyLoop } from './fixtures/tiny-loop.ts'
import { prepareData } from './prepare-data.ts'
import { atOnce, type CycleResult } from './schema.ts'
import { trainCycle } from './train-cycle.ts'

/** A program that answers with the shares of the classes by the way of the parcel. */
const trainer = fileURLToPath(new URL('../training/program/fixtures/trainer.ts', import.meta.url))
const program = (name: string, does: string) =>
  command([process.execPath, '--disable-warning=ExperimentalWarning', '--conditions=source', trainer], {
    name,
    parameters: { does },
    timeout: '60s',
  })

let loop: TinyLoop
beforeAll(async () => {
  loop = await openTinyLoop(20)
  await loop.writeParcels(20)
})
afterAll(() => loop.close())

async function train(more: Partial<SystemInput>, { pool = loop.pool, key = 'first' } = {}): Promise<CycleResult> {
  const system = await loop.apply(lateParcels(more))
  const { dataset } = await prepareData(loop.workspace, { system, step: atOnce })
  return trainCycle(loop.workspace, {
    system,
    dataset,
    pool,
    key,
    step: atOnce,
    nowMs: startMs + 20 * day,
    trigger: 'first',
    byTheClock: false,
  })
}

const runOf = async (name: string): Promise<Run> => {
  const [found] = await runsOf(loop.workspace, { name })
  return run(loop.workspace, (found as Run).id)
}

describe('a candidate that a program trains', () => {
  let result: CycleResult
  beforeAll(async () => {
    const candidates = [{ kind: 'majority' }, program('own', 'log as a client'), program('broken', 'fail')]
    result = await train({ candidates })
  })

  test('is judged, chosen, passed, registered and released as any other, on the topmost rung', async () => {
    expect(result).toMatchObject({ chosen: 'own', passed: true, versionNumber: 1, releaseId: expect.any(String) })
    expect(result.fitted.map(({ name, rung }) => [name, rung])).toEqual([
      ['majority', 0],
      ['own', 4],
    ])
    expect(await versionsOf(loop.workspace, 'parcels')).toMatchObject([{ number: 1, candidate: 'own' }])
  })

  test('is one standard file', async () => {
    const model = await openModel(await loop.workspace.blobs.read(result.fitted[1]?.onnxDigest as string))
    const table = { rowCount: 2, columns: { way: stringColumn(['road', 'ship']), weight: numberColumn([1, 1]) } }
    const { classes, probabilities } = (await model.predict(table)) as unknown as {
      classes: string[]
      probabilities: Float32Array
    }
    await model.release()
    expect(classes).toEqual(['false', 'true'])
    expect(probabilities[1]).toBe(0)
    expect(probabilities[3]).toBeCloseTo(0.8, 1)
  })

  test('has what its program logged in its run, under how it was judged', async () => {
    const own = await runOf('own')
    expect(own.failure).toBe(null)
    expect(own).toMatchObject({ status: 'finished', kind: 'command', params: { depth: '6', does: 'log as a client' } })
    expect(own.metrics).toMatchObject({ loss: 0.5, 'rows seen': expect.any(Number) })
    expect(own.metrics['auc']).toBe(result.fitted[1]?.evaluation.metrics['auc']?.value)
    expect(own.artifacts.map(({ path }) => path)).toEqual(['model.onnx', 'plots/one.svg', 'report.json', 'train.log'])
  })

  test('is one of many: where it fails, its run says why and keeps its log, and the others go on', async () => {
    const broken = await runOf('broken')
    expect(broken).toMatchObject({ status: 'failed', failure: { code: 'training/programFailed' } })
    const log = broken.artifacts.find(({ path }) => path === 'train.log')
    expect((await loop.workspace.blobs.read(log?.digest as string)).toString()).toContain('not to my liking')
  })

  test('is trained for each fold, and once for all rows', async () => {
    const split = { kind: 'k-fold', folds: 2 } as const
    const { fitted } = await train(
      { name: 'folded', candidates: [program('folds', '')], evaluation: { split } },
      { key: 'folded' },
    )
    expect(fitted).toMatchObject([{ name: 'folds', trainedRows: 1901 }])
    expect((await runOf('folds')).artifacts.map(({ path }) => path).filter((path) => path.endsWith('.log'))).toEqual([
      'folds/1/train.log',
      'folds/2/train.log',
      'train.log',
    ])
  })

  test('is refused before anything is begun where programs are switched off', async () => {
    const pool = openTrainingPool({ threads: 1 })
    const before = await experiments(loop.workspace)
    await expect(
      train({ name: 'no-programs', candidates: [{ kind: 'majority' }, program('own', '')] }, { pool, key: 'off' }),
    ).rejects.toMatchObject({ code: 'training/programsOff' })
    expect(await experiments(loop.workspace)).toEqual(before)
    await pool.close()
  })

  test('is validated with its system', () => {
    const bad = { ...program('own', ''), kind: 'python' }
    expect(() =>
      parseSystem(
        lateParcels({ candidates: [{ ...bad, program: { ...bad.program, command: ['x'], requirements: ['-r y'] } }] }),
      ),
    ).toThrow("requirements[0] is '-r y', which leads to other files")
  })
})
