import { isDeepStrictEqual } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { releasesOf } from '#deployment'
import { decisions, verifyDecisionLog } from '#governance'
import { recordOutcomes } from '#feedback'
import { windowReports } from '#monitoring'
import { canonicalJson } from '#platform'
import { versionsOf } from '#registry'
import { openServing } from '#serving'
import type { SystemInput, SystemVersion } from '#system'
import { runsOf } from '#tracking'
import { day, lateParcels, openTinyLoop, type TinyLoop } from './fixtures/tiny-loop.ts'
import { dueWindows } from './live/due-windows.ts'
import { gatherWindow } from './live/gather-window.ts'
import { takeOutcomes } from './live/take-outcomes.ts'
import { prepareData } from './prepare-data.ts'
import { atOnce, type Step, type StepContext } from './schema.ts'
import { readTrainings } from './store.ts'
import { tick, type TickResult } from './tick.ts'

class Killed extends Error {}

/** Steps of a process that dies before each new one, and again after it, before its answer is stored. */
class DyingSteps {
  readonly stored = new Map<string, string>()
  readonly begun = new Map<string, number>()

  readonly step: Step = async <T>(name: string, work: (step: StepContext) => Promise<T>): Promise<T> => {
    const known = this.stored.get(name)
    if (known !== undefined) return JSON.parse(known) as T
    const times = (this.begun.get(name) ?? 0) + 1
    this.begun.set(name, times)
    // The fits run side by side: the process dies when all of them are done.
    const alone = !name.startsWith('fit ')
    if (alone && times === 1) throw new Killed(name)
    const answer = (await work({})) ?? null
    if (alone && times === 2) throw new Killed(name)
    const text = JSON.stringify(answer)
    if (!isDeepStrictEqual(JSON.parse(text), answer)) throw new Error(`The answer of '${name}' is not plain JSON`)
    this.stored.set(name, text)
    return JSON.parse(text) as T
  }
}

let loops: TinyLoop[] = []
afterEach(async () => {
  for (const loop of loops) await loop.close()
  loops = []
})

async function openLoop(input: SystemInput): Promise<{ loop: TinyLoop; system: SystemVersion }> {
  const loop = await openTinyLoop(20)
  loops.push(loop)
  await loop.writeParcels(20)
  return { loop, system: await loop.apply(input) }
}

/** The steps of the live turn, in the order of its workflow. */
async function turn({ workspace, pool }: TinyLoop, system: SystemVersion, step: Step): Promise<TickResult> {
  const nowMs = workspace.clock.now()
  const { dataset } = await prepareData(workspace, { system, step })
  await step('take outcomes', () => takeOutcomes(workspace, { system, dataset }))
  const windows = await step('find due windows', () => dueWindows(workspace, { system, nowMs }))
  return tick(workspace, {
    system,
    dataset,
    nowMs,
    windows,
    gather: (window) => gatherWindow(workspace, { system, dataset, window }),
    step,
    byTheClock: false,
    pool,
  })
}

/** How often it died before it was done. */
async function turnDying(loop: TinyLoop, system: SystemVersion): Promise<number> {
  const steps = new DyingSteps()
  for (let deaths = 0; ; deaths++) {
    try {
      await turn(loop, system, steps.step)
      return deaths
    } catch (error) {
      if (!(error instanceof Killed)) throw error
    }
  }
}

/** Everything that the loop decided and made, without the ids, which a second try may give anew. */
async function storeOf({ workspace }: TinyLoop, system: string) {
  const log = await decisions(workspace, { system })
  const runs = await runsOf(workspace, { system })
  const [training] = await readTrainings(workspace.database, system)
  return {
    whole: (await verifyDecisionLog(workspace)).whole,
    decisions: log.map(({ kind, ruling }) => [kind, ruling]),
    choice: canonicalJson(log.find(({ kind }) => kind === 'choice')?.evidence ?? null),
    gate: canonicalJson(log.find(({ kind }) => kind === 'gate')?.evidence ?? null),
    runs: Object.fromEntries(runs.map(({ key, status, metrics }) => [key, { status, metrics }])),
    runCount: runs.length,
    windows: await windowReports(workspace, { system }),
    versions: (await versionsOf(workspace, system)).map(({ number, onnxDigest, partition }) => [
      number,
      onnxDigest,
      partition,
    ]),
    releases: (await releasesOf(workspace, system)).map(({ state, history }) => [state, history.length]),
    reference: training?.result?.referenceDigest,
    chosen: training?.result?.chosen,
  }
}

/** Asks for predictions, tells what became of most, and lets the days pass until the data tells the rest. */
async function serveDays(loop: TinyLoop): Promise<void> {
  const { workspace, clock } = loop
  const serving = await openServing(workspace, { followMs: 3_600_000 })
  const rows = Array.from({ length: 60 }, (_, i) => ({
    sent: new Date(clock.now() + i * 60_000).toISOString(),
    parcel: 2000 + i,
    way: ['air', 'road', 'ship'][i % 3] as string,
    weight: (i % 7) + 1,
  }))
  const { predictions } = await serving.predict({ system: 'parcels', rows })
  await serving.close()
  await recordOutcomes(workspace, {
    system: 'parcels',
    outcomes: predictions.slice(0, 40).map(({ id }, i) => ({ predictionId: id, outcome: i % 3 === 0 })),
    actor: 'test',
  })
  clock.advanceTo(clock.now() + 8 * day)
  await loop.writeParcels(28)
}

describe('a turn whose process dies before and after each of its steps', () => {
  test.each([
    ['by time', lateParcels()],
    [
      'by folds, whose scores no stored model can give again',
      lateParcels({
        evaluation: { split: { kind: 'k-fold', folds: 3 }, gates: [{ kind: 'beats', what: 'majority' }] },
      }),
    ],
    ['by time, cut into segments', lateParcels({ partition: { by: 'way', minRows: 50 } })],
  ])('does once what one that lives does: split %s', async (_, input) => {
    const alive = await openLoop(input)
    await turn(alive.loop, alive.system, atOnce)
    const dying = await openLoop(input)
    expect(await turnDying(dying.loop, dying.system)).toBeGreaterThan(20)
    expect(await storeOf(dying.loop, 'parcels')).toEqual(await storeOf(alive.loop, 'parcels'))
  })

  test('does once what one that lives does: windows concluded, and a training against the champion', async () => {
    const stores = []
    for (const second of [turn, turnDying]) {
      const { loop, system } = await openLoop(lateParcels())
      await turn(loop, system, atOnce)
      await serveDays(loop)
      await second(loop, system, atOnce)
      stores.push(await storeOf(loop, 'parcels'))
    }
    expect(stores[1]).toEqual(stores[0])
    expect(stores[0]).toMatchObject({ runCount: 4, windows: [{ rows: 60, knownShare: 1 }] })
  })
})
