import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { atOnce, prepareData, tick, type CycleResult } from '#loop'
import { allMigrations } from '#loop/migrations'
import { openModel } from '#model'
import {
  messageOf,
  openWorkspace,
  readConfig,
  silentLog,
  systemClock,
  systemIds,
  numberColumn,
  stringColumn,
  type Workspace,
} from '#platform'
import { applySystem, loadSystemFile, parseSystem, python } from '#system'
import { run, runsOf, type Run } from '#tracking'
import { openTrainingPool, programSettings } from '#training'
import { isDemanded } from './python-client.ts'

const root = resolve(import.meta.dirname, '../..')
const withTorch = process.env['MILLRACE_INTEROP_TORCH'] === '1'
if (!withTorch)
  process.stderr.write('PyTorch is not tried: its packages are 5.6 GB; MILLRACE_INTEROP_TORCH=1 tries it\n')

// Environments are kept for the next time.
const config = readConfig({
  MILLRACE_TRAINER_ENVIRONMENT: 'HTTPS_PROXY,PIP_INDEX_URL,OPENBLAS_CORETYPE,OPENBLAS_L2_SIZE',
})
const pool = openTrainingPool({ threads: 1, programs: programSettings(config, join(root, '.cache')) })

async function whyNot(): Promise<string | null> {
  try {
    await pool.holdProgram({
      name: 'Python',
      program: {
        command: ['x'],
        requirements: [],
        files: {},
        environment: [],
        threads: 1,
        memoryMb: 16,
        outputMb: 1,
        timeoutMs: 1,
      },
    })
    return null
  } catch (error) {
    if (isDemanded()) throw error
    return messageOf(error)
  }
}

const lacking = await whyNot()
if (lacking !== null) process.stderr.write(`The external trainers are not run: ${lacking}\n`)

describe.skipIf(lacking !== null)('examples/external-trainers', () => {
  let folder: string
  let workspace: Workspace
  let result: CycleResult
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-interop-'))
    workspace = await openWorkspace({
      folder,
      migrations: allMigrations,
      clock: systemClock,
      ids: systemIds(systemClock),
      log: silentLog,
      scratch: true,
    })
    const loaded = await loadSystemFile(join(root, 'examples/external-trainers'))
    const network = python('train_torch.py', { name: 'network', requirements: 'requirements-torch.txt' })
    const spec = parseSystem({
      ...loaded.spec,
      candidates: [...loaded.spec.candidates, ...(withTorch ? [network] : [])],
    })
    const system = await applySystem(workspace, { ...loaded, spec, actor: 'test' })
    const nowMs = Date.UTC(2001, 1, 15)
    const { dataset } = await prepareData(workspace, { system, step: atOnce, untilMs: nowMs })
    const done = await tick(workspace, {
      system,
      dataset,
      nowMs,
      pool,
      step: atOnce,
      byTheClock: false,
      asked: 'interop',
      windows: [],
      gather: () => Promise.resolve(null),
    })
    result = done.training as CycleResult
  })
  afterAll(async () => {
    await pool.close()
    await workspace.close()
    await rm(folder, { recursive: true, force: true })
  })

  const runOf = async (name: string): Promise<Run> => {
    const [found] = await runsOf(workspace, { name })
    return run(workspace, (found as Run).id)
  }

  test.each(['forest', 'lightgbm', 'xgboost', ...(withTorch ? ['network'] : [])])(
    '%s is trained by its program, judged on the same rows, and answers requests',
    async (name) => {
      expect((await runOf(name)).failure).toBe(null)
      const fitted = result.fitted.find((one) => one.name === name)
      expect(fitted?.evaluation.metrics['auc']?.value).toBeGreaterThan(0.6)
      const model = await openModel(await workspace.blobs.read(fitted?.onnxDigest as string))
      const rows = {
        hour: numberColumn([17, null]),
        weekday: numberColumn([5, null]),
        distance: numberColumn([733, null]),
        origin: stringColumn(['ORD', null]),
        destination: stringColumn(['nowhere', null]),
      }
      const scores = (await model.predict({ rowCount: 2, columns: rows })) as { probabilities: Float32Array }
      await model.release()
      expect(scores.probabilities.every((one) => one >= 0 && one <= 1)).toBe(true)
    },
  )

  test('the loss of the standard form is the one that LightGBM measured, and logged by MLflow’s client', async () => {
    const { metrics, params, facts, artifacts } = await runOf('lightgbm')
    expect(params).toMatchObject({ leaves: '15' })
    expect(facts['validation loss']).toBeCloseTo(metrics['validation binary_logloss'] as number, 2)
    expect(artifacts.map(({ path }) => path)).toEqual(['model.onnx', 'packages.txt', 'train.log'])
  })
})
