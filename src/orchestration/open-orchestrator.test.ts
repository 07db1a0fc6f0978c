import { mkdtemp, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  defineFailures,
  seededIds,
  seededRandom,
  silentLog,
  virtualClock,
  type VirtualClock,
  type Workspace,
} from '#platform'
import { openWorkspace } from '#test-workspace'
import {
  defineWorkflow,
  openOrchestrator,
  type AnyWorkflow,
  type Orchestrator,
  type OrchestratorOptions,
} from './index.ts'

const fail = defineFailures('bakery', {
  noFlour: { status: 409, means: 'There is no flour', remedy: 'Buy some' },
  busyOven: { status: 503, retry: true, means: 'The oven is in use', remedy: 'Wait' },
})

let folder: string
let clock: VirtualClock
let workspace: Workspace
const opened: Orchestrator[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-work-'))
  clock = virtualClock(1_000_000)
  workspace = await openWorkspace({
    folder,
    migrations: [],
    clock,
    ids: seededIds(clock, seededRandom(1)),
    log: silentLog,
    threads: 1,
  })
})
afterEach(async () => {
  for (const orchestrator of opened.splice(0)) await orchestrator.stop({ graceMs: 100 })
  await workspace.close()
  await rm(folder, { recursive: true })
})

const openOne = async (workflows: readonly AnyWorkflow[], options?: OrchestratorOptions): Promise<Orchestrator> => {
  const orchestrator = await openOrchestrator(workspace, workflows, options)
  opened.push(orchestrator)
  return orchestrator
}

/** A workflow that bakes, counting how often each step ran. */
function bakery(retry = { attempts: 4, firstMs: 5, maxMs: 20 }) {
  const ran: string[] = []
  const failing = new Map<string, () => unknown>()
  const workflow = defineWorkflow<{ loaves: number }, string>(
    { name: 'bake', version: '1', retry },
    async ({ input, step, sleep }) => {
      const dough = await step('knead', async () => {
        ran.push('knead')
        const error = failing.get('knead')?.()
        if (error) throw error
        return { loaves: input.loaves }
      })
      await sleep(20)
      return step('bake', async () => {
        ran.push('bake')
        const error = failing.get('bake')?.()
        if (error) throw error
        return `${dough.loaves} loaves`
      })
    },
  )
  return { workflow, ran, failing }
}

describe('openOrchestrator()', () => {
  test('returns what the workflow returned, with each step run once', async () => {
    const { workflow, ran } = bakery()
    const orchestrator = await openOne([workflow])
    const run = await orchestrator.start(workflow, { loaves: 3 }, { key: 'monday' })
    expect(await orchestrator.result(run)).toBe('3 loaves')
    expect(ran).toEqual(['knead', 'bake'])
    expect(await orchestrator.status(run.id)).toMatchObject({
      state: 'done',
      workflow: 'bake',
      key: 'monday',
      output: '3 loaves',
      error: null,
      steps: [
        { name: 'knead', state: 'done' },
        { name: 'bake', state: 'done' },
      ],
    })
  })

  test('starts one run for a key, even when the first is older than a day', async () => {
    const { workflow, ran } = bakery()
    const orchestrator = await openOne([workflow])
    const first = await orchestrator.start(workflow, { loaves: 1 }, { key: 'monday' })
    await orchestrator.result(first)
    const work = new DatabaseSync(join(folder, 'work.sqlite'))
    work.exec("update workflow_runs set created_at = '2020-01-01T00:00:00.000Z'")
    work.close()
    expect(await orchestrator.start(workflow, { loaves: 2 }, { key: 'monday' })).toEqual(first)
    expect(ran).toHaveLength(2)
  })

  test('finds the run of a key whose start was cut short before it was noted', async () => {
    const { workflow } = bakery()
    const orchestrator = await openOne([workflow], { worker: false })
    const first = await orchestrator.start(workflow, { loaves: 1 }, { key: 'monday' })
    const work = new DatabaseSync(join(folder, 'work.sqlite'))
    work.exec("update workflow_runs set created_at = '2020-01-01T00:00:00.000Z'")
    work.exec('update orchestration_starts set run_id = null')
    work.close()
    expect(await orchestrator.start(workflow, { loaves: 2 }, { key: 'monday' })).toEqual(first)
  })

  test('tries a step again when its failure says that a retry can help', async () => {
    const { workflow, ran, failing } = bakery()
    let times = 0
    failing.set('bake', () => (++times < 3 ? fail('busyOven', 'Cannot bake: the oven is in use') : undefined))
    const orchestrator = await openOne([workflow])
    const run = await orchestrator.start(workflow, { loaves: 1 }, { key: 'a' })
    expect(await orchestrator.result(run)).toBe('1 loaves')
    expect(ran).toEqual(['knead', 'bake', 'bake', 'bake'])
  })

  test('ends a run with the code, remedy and details of a failure that no retry can help', async () => {
    const { workflow, ran, failing } = bakery()
    failing.set('knead', () =>
      fail('noFlour', 'Cannot knead: there is no flour', { remedy: 'Go to the mill', details: { grams: 0 } }),
    )
    const orchestrator = await openOne([workflow])
    const run = await orchestrator.start(workflow, { loaves: 1 }, { key: 'a' })
    await expect(orchestrator.result(run)).rejects.toMatchObject({
      name: 'Failure',
      code: 'bakery/noFlour',
      message: 'Cannot knead: there is no flour',
      status: 409,
      remedy: 'Go to the mill',
      details: { grams: 0 },
    })
    expect(ran).toEqual(['knead'])
    expect(await orchestrator.status(run.id)).toMatchObject({ state: 'failed', error: { code: 'bakery/noFlour' } })
  })

  test('ends a run with its own code when every try of a step has failed', async () => {
    const { workflow, ran, failing } = bakery({ attempts: 3, firstMs: 1, maxMs: 2 })
    failing.set('knead', () => fail('busyOven', 'Cannot knead: the oven is in use'))
    const orchestrator = await openOne([workflow])
    const run = await orchestrator.start(workflow, { loaves: 1 }, { key: 'a' })
    await expect(orchestrator.result(run)).rejects.toMatchObject({ code: 'bakery/busyOven', status: 503 })
    expect(ran).toHaveLength(3)
  })

  test('does not try the error of a program again', async () => {
    const { workflow, ran, failing } = bakery()
    failing.set('knead', () => new TypeError('undefined is not a loaf'))
    const orchestrator = await openOne([workflow])
    const run = await orchestrator.start(workflow, { loaves: 1 }, { key: 'a' })
    await expect(orchestrator.result(run)).rejects.toMatchObject({
      code: 'orchestration/runFailed',
      message: 'Cannot finish a step: undefined is not a loaf',
    })
    expect(ran).toHaveLength(1)
  })

  test('does not let a workflow that catches everything go on past a step that is to be tried again', async () => {
    let tries = 0
    const careless = defineWorkflow<null, string>(
      { name: 'careless', version: '1', retry: { attempts: 5, firstMs: 1, maxMs: 1 } },
      async ({ step }) => {
        const first = await step('first', async () => {
          if (++tries < 3) throw fail('busyOven', 'Cannot start: busy')
          return 'whole'
        }).catch(() => 'half')
        return step('second', async () => `${first} done`)
      },
    )
    const orchestrator = await openOne([careless])
    const run = await orchestrator.start(careless, null, { key: 'a' })
    expect(await orchestrator.result(run)).toBe('whole done')
  })

  test('lets a workflow catch a failure that is the answer of a step, the same way at each replay', async () => {
    const careful = defineWorkflow<null, string>({ name: 'careful', version: '1' }, async ({ step, sleep }) => {
      const first = await step('first', async () => {
        throw fail('noFlour', 'Cannot knead: there is no flour')
      }).catch((error: Error) => error.message)
      await sleep(10)
      return step('second', async () => `went on: ${first}`)
    })
    const orchestrator = await openOne([careful])
    const run = await orchestrator.start(careful, null, { key: 'a' })
    expect(await orchestrator.result(run)).toBe('went on: Cannot knead: there is no flour')
  })

  test('gives a step that is cut short by a stop to the next worker, without counting a failed try', async () => {
    const started = Promise.withResolvers<void>()
    let times = 0
    const long = defineWorkflow<null, number>(
      { name: 'long', version: '1', retry: { attempts: 1 } },
      async ({ step }) =>
        step('train', async ({ signal }) => {
          times++
          if (times > 1) return times
          started.resolve()
          return new Promise<number>((_, reject) => {
            signal.addEventListener('abort', () => reject(new Error('cancelled')))
          })
        }),
    )
    const first = await openOrchestrator(workspace, [long])
    const run = await first.start(long, null, { key: 'a' })
    await started.promise
    await first.stop({ graceMs: 0 })
    const second = await openOne([long])
    expect(await second.result(run)).toBe(2)
    expect((await second.status(run.id)).steps.filter(({ state }) => state === 'failed')).toEqual([])
  })

  test('cancels a run and tells the step at work', async () => {
    const told = Promise.withResolvers<void>()
    const started = Promise.withResolvers<void>()
    const long = defineWorkflow<null, null>({ name: 'long', version: '1' }, async ({ step }) =>
      step('train', async ({ signal }) => {
        started.resolve()
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        told.resolve()
        return null
      }),
    )
    const orchestrator = await openOne([long])
    const run = await orchestrator.start(long, null, { key: 'a' })
    await started.promise
    await orchestrator.cancel(run.id)
    await told.promise
    await expect(orchestrator.result(run)).rejects.toMatchObject({ code: 'orchestration/runCancelled' })
    await orchestrator.cancel(run.id)
    expect((await orchestrator.list({ state: 'cancelled' })).map(({ id }) => id)).toEqual([run.id])
  })

  test('lets one process work, and another take over when it ends', async () => {
    const { workflow } = bakery()
    const first = await openOrchestrator(workspace, [workflow])
    await vi.waitFor(() => expect(first.isWorking()).toBe(true))
    const second = await openOne([workflow])
    const run = await second.start(workflow, { loaves: 1 }, { key: 'a' })
    await second.result(run)
    expect(second.isWorking()).toBe(false)
    await first.stop()
    await vi.waitFor(() => expect(second.isWorking()).toBe(true), { timeout: 5000 })
    expect(await second.result(await second.start(workflow, { loaves: 2 }, { key: 'b' }))).toBe('2 loaves')
  })

  test('waits for the write lock of another process instead of failing the step', async () => {
    const blocked = defineWorkflow<null, string>(
      { name: 'blocked', version: '1', retry: { attempts: 1 } },
      async ({ step }) =>
        step('while another writes', async () => {
          const blocker = new Worker(
            `const { DatabaseSync } = require('node:sqlite')
             const { parentPort, workerData } = require('node:worker_threads')
             const database = new DatabaseSync(workerData)
             database.exec('begin immediate')
             parentPort.postMessage('held')
             Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
             database.exec('rollback')`,
            { eval: true, workerData: join(folder, 'work.sqlite') },
          )
          await new Promise((resolve) => blocker.once('message', resolve))
          return 'written'
        }),
    )
    const orchestrator = await openOne([blocked])
    const run = await orchestrator.start(blocked, null, { key: 'a' })
    expect(await orchestrator.result(run)).toBe('written')
  })

  test.each(['unknownRun'])('answers %s to an id that names no run', async (code) => {
    const orchestrator = await openOne([], { worker: false })
    await expect(orchestrator.status('nothing')).rejects.toMatchObject({ code: `orchestration/${code}` })
  })

  test('says when a run has not ended in the time that was given', async () => {
    const { workflow } = bakery()
    const orchestrator = await openOne([workflow], { worker: false })
    const run = await orchestrator.start(workflow, { loaves: 1 }, { key: 'a' })
    await expect(orchestrator.result(run, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'orchestration/notFinished',
      retry: true,
    })
  })
})
