import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { seededIds, seededRandom, silentLog, virtualClock, type VirtualClock, type Workspace } from '#platform'
import { openWorkspace } from '#test-workspace'
import {
  defineWorkflow,
  openOrchestrator,
  type AnyWorkflow,
  type Orchestrator,
  type OrchestratorOptions,
} from './index.ts'

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

describe('schedules of openOrchestrator()', () => {
  const day = 86_400_000
  const daily = (dues: number[], gate?: Promise<unknown>) => {
    const workflow = defineWorkflow<{ dueMs: number }, null>(
      { name: 'daily', version: '1' },
      async ({ input, step }) => {
        await step('note', async () => void dues.push(input.dueMs))
        await step('wait', async () => (gate ? void (await gate) : undefined))
        return null
      },
    )
    return { name: 'every day', workflow, everyMs: day, input: (dueMs: number) => ({ dueMs }) }
  }

  test('are run when due, and once for all that was missed while no worker was up', async () => {
    const dues: number[] = []
    const schedule = daily(dues)
    const first = await openOrchestrator(workspace, [schedule.workflow], { schedules: [schedule] })
    await vi.waitFor(() => expect(dues).toEqual([1_000_000]))
    await first.stop()
    clock.advanceTo(1_000_000 + 4.5 * day)
    const second = await openOne([schedule.workflow], { schedules: [schedule] })
    await vi.waitFor(() => expect(dues).toEqual([1_000_000, 1_000_000 + day]))
    await vi.waitFor(async () =>
      expect(await second.schedules()).toMatchObject([{ name: 'every day', nextDueMs: 1_000_000 + 5 * day }]),
    )
    clock.advanceTo(1_000_000 + 5 * day)
    await vi.waitFor(() => expect(dues).toHaveLength(3))
  })

  test('do not overlap: what is due while the last run is at work waits for its end', async () => {
    const dues: number[] = []
    const gate = Promise.withResolvers<void>()
    const schedule = daily(dues, gate.promise)
    const orchestrator = await openOne([schedule.workflow], { schedules: [schedule] })
    await vi.waitFor(() => expect(dues).toHaveLength(1))
    clock.advanceTo(1_000_000 + 3 * day)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(await orchestrator.list()).toHaveLength(1)
    gate.resolve()
    await vi.waitFor(() => expect(dues).toEqual([1_000_000, 1_000_000 + day]))
  })

  test('end when they are taken off', async () => {
    const dues: number[] = []
    const schedule = { ...daily(dues), firstMs: 1_000_000 + day }
    const orchestrator = await openOne([schedule.workflow], { schedules: [schedule] })
    await orchestrator.unschedule('every day')
    clock.advanceTo(1_000_000 + 2 * day)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect([dues, await orchestrator.schedules()]).toEqual([[], []])
  })
})
