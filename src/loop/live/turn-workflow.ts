import { defineWorkflow, type Orchestrator, type Workflow } from '#orchestration'
import { durationMs, iso, type Workspace } from '#platform'
import type { SystemVersion } from '#system'
import type { TrainingPool } from '#training'
import type { TurnInput, TurnOutput } from './take-turn.ts'

/** The live loop as durable work, and the schedule that turns it. */
export interface TurnWorkflow {
  readonly turn: Workflow<TurnInput, TurnOutput>
  /** Turns a system once in each of its windows. */
  schedule(orchestrator: Orchestrator, system: SystemVersion): Promise<void>
}

/**
 * Turns of the live loop as durable work.
 * @param openPool opens the threads that train, or gives those that are open
 */
export function turnWorkflow(workspace: Workspace, openPool: () => Promise<TrainingPool>): TurnWorkflow {
  const turn = defineWorkflow<TurnInput, TurnOutput>({ name: 'turn', version: '1' }, async ({ input, step, nowMs }) => {
    // Loaded with the first turn: what pulls, trains and judges is most of the product, and a server starts without it.
    const { takeTurn } = await import('./take-turn.ts')
    return takeTurn(workspace, { input, step, nowMs, pool: await openPool() })
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
