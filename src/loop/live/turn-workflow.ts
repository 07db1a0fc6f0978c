import { defineWorkflow, type Orchestrator, type Workflow } from '#orchestration'
import { durationMs, iso, type Workspace } from '#platform'
import { compactPredictions } from '#serving'
import { currentSystem, type SystemVersion } from '#system'
import type { TrainingPool } from '#training'
import { prepareData } from '../prepare-data.ts'
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

/** The live loop as durable work, and the schedule that turns it. */
export interface TurnWorkflow {
  readonly turn: Workflow<TurnInput, TurnOutput>
  /** Turns a system once in each of its windows. */
  schedule(orchestrator: Orchestrator, system: SystemVersion): Promise<void>
}

/**
 * One turn of the live loop: pull, check, build the dataset, take outcomes that the data holds, conclude windows, train
 * where the policy calls for it, release. Every part is a durable step.
 */
export function turnWorkflow(workspace: Workspace, pool: TrainingPool): TurnWorkflow {
  const turn = defineWorkflow<TurnInput, TurnOutput>({ name: 'turn', version: '1' }, async ({ input, step, nowMs }) => {
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
  })
  return {
    turn,
    schedule: async (orchestrator, system) => {
      const everyMs = durationMs(system.spec.monitor.window)
      await orchestrator.schedule({
        name: `turn ${system.system}`,
        workflow: turn,
        everyMs,
        firstMs: workspace.clock.now() + everyMs,
        input: (): TurnInput => ({ system: system.system }),
      })
    },
  }
}

/** Starts a turn that trains, or finds the one that was started with the same key. */
export async function startTurn(
  orchestrator: Orchestrator,
  { workflow, system, key }: { readonly workflow: TurnWorkflow; readonly system: string; readonly key: string },
): Promise<string> {
  return (await orchestrator.start(workflow.turn, { system, asked: key }, { key: `${system}/${key}` })).id
}

/** How far a turn is. @throws {Failure} `orchestration/unknownRun` */
export async function turnState(orchestrator: Orchestrator, id: string) {
  const run = await orchestrator.status(id)
  return {
    id: run.id,
    state: run.state,
    startedAt: iso(run.startedMs),
    steps: run.steps.map(({ name, state }) => ({ name, state })),
    output: run.output,
    error: run.error,
  }
}
