import type { Workspace } from '#platform'
import { compactPredictions } from '#serving'
import { currentSystem } from '#system'
import type { TrainingPool } from '#training'
import { prepareData } from '../prepare-data.ts'
import type { Step } from '../schema.ts'
import { tick } from '../tick.ts'
import { dueWindows } from './due-windows.ts'
import { gatherWindow } from './gather-window.ts'
import { takeOutcomes } from './take-outcomes.ts'

/** What a turn is asked to do. */
export interface TurnInput {
  readonly system: string
  /** Train whatever the policy says, as a person asked; this names the request. Absent on the schedule. */
  readonly asked?: string
}

/** What a turn gave. Plain JSON. */
export interface TurnOutput {
  readonly pulledRows: number
  readonly findings: readonly string[]
  readonly concluded: number
  readonly retrain: string
  readonly chosen: string | null
  readonly versionNumber: number | null
  readonly passed: boolean | null
}

export interface TurnOptions {
  readonly input: TurnInput
  readonly step: Step
  readonly nowMs: number
  readonly pool: TrainingPool
}

/**
 * One turn of the live loop: pull, check, build the dataset, take outcomes that the data holds, conclude windows, train
 * where the policy calls for it, release. Every part is a durable step.
 */
export async function takeTurn(workspace: Workspace, { input, step, nowMs, pool }: TurnOptions): Promise<TurnOutput> {
  const system = await step('read the system', () => currentSystem(workspace, input.system))
  const prepared = await prepareData(workspace, { system, step })
  const { dataset } = prepared
  await step('take outcomes', () => takeOutcomes(workspace, { system, dataset }))
  const windows = await step('find due windows', () => dueWindows(workspace, { system, nowMs }))
  const result = await tick(workspace, {
    system,
    dataset,
    nowMs,
    asOfMs: dataset.timeRange ? Math.min(nowMs, dataset.timeRange.toMs + dataset.outcomeAfterMs) : nowMs,
    windows,
    gather: (window) => gatherWindow(workspace, { system, dataset, window }),
    step,
    byTheClock: true,
    pool,
    asked: input.asked,
  })
  await step(
    'compact the prediction log',
    async () => (await compactPredictions(workspace, { system: system.system })).rows,
  )
  return {
    pulledRows: prepared.pulledRows,
    findings: prepared.findings,
    concluded: result.reports.length,
    retrain: result.retrain.why,
    chosen: result.training?.chosen ?? null,
    versionNumber: result.training?.versionNumber ?? null,
    passed: result.training?.passed ?? null,
  }
}
