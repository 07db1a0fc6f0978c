import { afterAll, beforeAll, expect, test } from 'vitest'
import { openOrchestrator, type Orchestrator } from '#orchestration'
import { versionsOf } from '#registry'
import { runsOf } from '#tracking'
import { day, lateParcels, openTinyLoop, type TinyLoop } from '../fixtures/tiny-loop.ts'
import type { TurnOutput } from './take-turn.ts'
import { startTurn, turnState, turnWorkflow, type TurnWorkflow } from './turn-workflow.ts'

let loop: TinyLoop
let workflow: TurnWorkflow
let orchestrator: Orchestrator
beforeAll(async () => {
  loop = await openTinyLoop(20)
  await loop.writeParcels(20)
  await loop.apply(lateParcels())
  await loop.apply({
    ...lateParcels({ checks: [{ kind: 'between', column: 'weight', max: 3, severity: 'stop' }] }),
    name: 'light-parcels',
  })
  workflow = turnWorkflow(loop.workspace, async () => loop.pool)
  orchestrator = await openOrchestrator(loop.workspace, [workflow.turn])
})
afterAll(async () => {
  await orchestrator.stop()
  await loop.close()
})

const ask = (system: string, key: string): Promise<string> => startTurn(orchestrator, { workflow, system, key })
const outputOf = (id: string): Promise<TurnOutput> => orchestrator.result({ id, workflow: 'turn' })

test('a turn that is asked for pulls, trains every candidate in a step of its own, registers and releases', async () => {
  const id = await ask('parcels', 'k')
  expect(await outputOf(id)).toEqual({
    pulledRows: 2000,
    findings: [],
    concluded: 0,
    retrain: 'A person asked for it',
    chosen: 'logistic',
    versionNumber: 1,
    passed: true,
  })
  const { state, steps } = await turnState(orchestrator, id)
  expect(state).toBe('done')
  expect(steps.every((step) => step.state === 'done')).toBe(true)
  expect(steps.map(({ name }) => name)).toEqual([
    'read the system',
    'pull parcels',
    'check parcels',
    'build the dataset',
    'take outcomes',
    'find due windows',
    'decide on retraining',
    'begin the training',
    'fit majority',
    'fit logistic',
    'judge',
    'record the choice',
    'register',
    'keep the reference',
    'release',
    'name the champion',
    'end the training',
    'compact the prediction log',
  ])
})

test('the same key is the same turn: nothing is trained again', async () => {
  expect(await ask('parcels', 'k')).toBe(await ask('parcels', 'k'))
  expect(await runsOf(loop.workspace, { system: 'parcels' })).toHaveLength(2)
  expect(await versionsOf(loop.workspace, 'parcels')).toHaveLength(1)
})

test('a check of severity stop ends the turn with its code, before anything is trained', async () => {
  const id = await ask('light-parcels', 'k')
  await expect(outputOf(id)).rejects.toMatchObject({ code: 'loop/stoppedByCheck' })
  expect(await turnState(orchestrator, id)).toMatchObject({ state: 'failed', error: { code: 'loop/stoppedByCheck' } })
  expect(await runsOf(loop.workspace, { system: 'light-parcels' })).toEqual([])
})

test('the schedule turns a system once in each window, and trains only where the policy calls for it', async () => {
  const { spec, ...version } = await loop.apply(lateParcels())
  await workflow.schedule(orchestrator, { ...version, spec })
  expect(await orchestrator.schedules()).toMatchObject([
    { name: 'turn parcels', everyMs: day, nextDueMs: loop.clock.now() + day, lastRun: null },
  ])
  loop.clock.advanceTo(loop.clock.now() + day)
  let run
  while (!run) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    run = (await orchestrator.schedules())[0]?.lastRun
  }
  expect(await outputOf(run)).toMatchObject({ retrain: 'Neither schedule nor signal calls for it', chosen: null })
})
