import { isOwnRun, runById } from '../store/runs.ts'
import type { RunRow, Tracking } from '../store/tables.ts'
import type { Message } from './message.ts'
import { absent, invalid, missing } from './mlflow-failure.ts'

/** The id of the run that a message names, by either of its names. @throws {MlflowFailure} where it names none */
export function runIdOf(message: Message): string {
  const id = message.text('run_id') || message.text('run_uuid')
  if (!id) throw missing('run_id')
  return id
}

/** A run as a request names it: by its id, within a project. */
export interface RunName {
  readonly project: string
  readonly id: string
}

/** @throws {MlflowFailure} `RESOURCE_DOES_NOT_EXIST` */
export async function heldRun(tables: Tracking, name: RunName): Promise<RunRow> {
  const run = await runById(tables, name)
  if (!run) throw absent(`Run with id=${name.id} not found`)
  return run
}

/** @throws {MlflowFailure} `RESOURCE_DOES_NOT_EXIST`, and `INVALID_PARAMETER_VALUE` where it was deleted */
export async function activeRun(tables: Tracking, name: RunName): Promise<RunRow> {
  const run = await heldRun(tables, name)
  if (run.state === 'deleted')
    throw invalid(`The run ${name.id} must be in the 'active' state. Current state is deleted.`)
  return run
}

/**
 * A run that clients may change: the record of what a system made is the system's, and its trainer's while that is at it.
 * @param name.pen the run of a system that the caller may write to
 * @throws {MlflowFailure} as {@link activeRun}, and `INVALID_PARAMETER_VALUE` where a system made it
 */
export async function foreignRun(
  tables: Tracking,
  name: RunName & { readonly pen?: string | undefined },
): Promise<RunRow> {
  const run = await activeRun(tables, name)
  if (run.id !== name.pen) await holdForeign(tables, run)
  return run
}

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` where a system made a run */
export async function holdForeign(tables: Tracking, { number, id }: RunRow): Promise<void> {
  if (await isOwnRun(tables, number))
    throw invalid(`Cannot change the run ${id}: a system made it. Tags can be set on it; log to a run of your own.`)
}
