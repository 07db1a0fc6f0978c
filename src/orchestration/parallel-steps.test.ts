import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog, systemClock, systemIds, type Workspace } from '#platform'
import { openWorkspace } from '#test-workspace'
import { defineWorkflow, openOrchestrator } from './index.ts'

let folder: string
let workspace: Workspace
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-parallel-'))
  workspace = await openWorkspace({
    folder,
    migrations: [],
    clock: systemClock,
    ids: systemIds(systemClock),
    log: silentLog,
    threads: 1,
  })
})
afterEach(async () => {
  await workspace.close()
  await rm(folder, { recursive: true })
})

test('steps side by side keep their answers by name, whichever ends first, and only those cut short run again', async () => {
  const ran: string[] = []
  let isOpen = false
  const side = defineWorkflow<null, string[]>({ name: 'side', version: '1' }, async ({ step }) => {
    const one = (name: string, ms: number) =>
      step(name, async ({ signal }) => {
        ran.push(name)
        await pause(name === 'held' && !isOpen ? 60_000 : ms, undefined, { signal })
        return `${name} is done`
      })
    const answers = await Promise.all([one('slow', 40), one('held', 0), one('quick', 1)])
    return [...answers, await one('after', 0)]
  })
  const first = await openOrchestrator(workspace, [side])
  const run = await first.start(side, null, { key: 'k' })
  let done = 0
  while (done < 2) {
    await pause(5)
    done = (await first.status(run.id)).steps.filter(({ state }) => state === 'done').length
  }
  await first.stop({ graceMs: 1 })
  expect(ran).toEqual(['slow', 'held', 'quick'])
  isOpen = true
  const second = await openOrchestrator(workspace, [side])
  expect(await second.result(run)).toEqual(['slow is done', 'held is done', 'quick is done', 'after is done'])
  expect(ran).toEqual(['slow', 'held', 'quick', 'held', 'after'])
  await second.stop()
})

test('a step that fails for a while takes none of the answers beside it along', async () => {
  const ran: string[] = []
  const retry = { attempts: 5, firstMs: 5, maxMs: 20 }
  const side = defineWorkflow<null, string[]>({ name: 'side', version: '1', retry }, async ({ step }) => {
    const one = (name: string, fails: number) =>
      step(name, async () => {
        ran.push(name)
        await pause(name === 'flaky' ? 20 : 1)
        if (ran.filter((other) => other === name).length <= fails) throw new Error('The disk is away')
        return name
      })
    return Promise.all([one('flaky', 2), one('firm', 0)])
  })
  const orchestrator = await openOrchestrator(workspace, [side])
  const run = await orchestrator.start(side, null, { key: 'k' })
  expect(await orchestrator.result(run)).toEqual(['flaky', 'firm'])
  expect(ran).toEqual(['flaky', 'firm', 'flaky', 'flaky'])
  await orchestrator.stop()
})

test('steps are listed in the order in which they were begun, also those of one millisecond', async () => {
  const names = Array.from({ length: 30 }, (_, place) => `step ${place}`)
  const side = defineWorkflow<null, string[]>({ name: 'side', version: '1' }, ({ step }) =>
    Promise.all(names.map((name) => step(name, async () => name))),
  )
  const orchestrator = await openOrchestrator(workspace, [side])
  const run = await orchestrator.start(side, null, { key: 'k' })
  await orchestrator.result(run)
  const { steps } = await orchestrator.status(run.id)
  expect(steps.map(({ name }) => name)).toEqual(names)
  await orchestrator.stop()
})
