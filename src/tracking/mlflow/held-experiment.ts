import { defaultProject } from '#governance'
import { experimentByName, experimentByNumber, experimentsIn, insertExperiment } from '../store/experiments.ts'
import type { ExperimentRow, Tracking } from '../store/tables.ts'
import { absent, invalid } from './mlflow-failure.ts'

/** An experiment as a request names it: by its id, within a project. */
export interface ExperimentName {
  readonly project: string
  readonly id: string
}

/** @throws {MlflowFailure} `RESOURCE_DOES_NOT_EXIST` */
export async function heldExperiment(tables: Tracking, { project, id }: ExperimentName): Promise<ExperimentRow> {
  const found = isOwnDefault({ project, id })
    ? await experimentByName(tables, { project, name: defaultName })
    : isNumber(id)
      ? await experimentByNumber(tables, { project, number: Number(id) })
      : undefined
  if (!found) throw absent(`No Experiment with id=${id} exists`)
  return found
}

/** @throws {MlflowFailure} `RESOURCE_DOES_NOT_EXIST`, and `INVALID_PARAMETER_VALUE` where it was deleted */
export async function activeExperiment(tables: Tracking, name: ExperimentName): Promise<ExperimentRow> {
  const held = await heldExperiment(tables, name)
  if (held.state === 'deleted')
    throw invalid(`The experiment ${name.id} must be in the 'active' state. Current state is deleted.`)
  return held
}

/** {@link activeExperiment}; the default one of a project comes with its first run. */
export async function experimentForRun(
  tables: Tracking,
  name: ExperimentName,
  { atMs }: { readonly atMs: number },
): Promise<ExperimentRow> {
  const { project } = name
  if (isOwnDefault(name) && !(await experimentByName(tables, { project, name: defaultName })))
    await insertExperiment(tables, { project, name: defaultName, atMs })
  return activeExperiment(tables, name)
}

/** Numbers of those of some experiments that a project has; ids that are none are left out. */
export async function experimentNumbers(
  tables: Tracking,
  { project, ids }: { readonly project: string; readonly ids: readonly string[] },
): Promise<readonly number[]> {
  const numbers = ids.filter(isNumber).map(Number)
  const own = ids.some((id) => isOwnDefault({ project, id }))
    ? await experimentByName(tables, { project, name: defaultName })
    : undefined
  const found = await experimentsIn(tables, { project, numbers })
  return own ? [own.number, ...found.filter((number) => number !== own.number)] : found
}

/** Clients that name no experiment mean the one with the id 0: in a project of its own, that is the one of this name. */
const isOwnDefault = ({ project, id }: ExperimentName): boolean => id === '0' && project !== defaultProject
const defaultName = 'Default'
const isNumber = (id: string): boolean => /^\d{1,15}$/.test(id)
