import { createHash } from 'node:crypto'
import { importOf } from '../store/imports.ts'
import { isModelIdTaken, loggedModelById } from '../store/logged-models.ts'
import { isRunIdTaken, runById } from '../store/runs.ts'
import type { ExperimentRow, Tracking } from '../store/tables.ts'

/** The id that something has elsewhere, and the one that it has here once it was brought in. */
export interface ImportId {
  readonly id: string
  readonly here: string
  /** What tells the state in which all of it was brought in; null where that was not done. */
  readonly print: string | null
}

/**
 * The ids that runs have here once they were brought into an experiment: their own, where no other experiment has it, else
 * ones that are always the same for the same run and experiment.
 */
export async function runIds(
  tables: Tracking,
  experiment: ExperimentRow,
  ids: readonly string[],
): Promise<readonly ImportId[]> {
  const found: ImportId[] = []
  for (const id of ids) {
    const { project } = experiment
    const isHere = (await runById(tables, { project, id }))?.experiment === experiment.number
    const here = isHere || !(await isRunIdTaken(tables, id)) ? id : idWithin(experiment, id)
    const held = await runById(tables, { project, id: here })
    found.push({ id, here, print: (held && (await importOf(tables, held.number))?.print) ?? null })
  }
  return found
}

/** The same for logged models. */
export async function loggedModelIds(
  tables: Tracking,
  experiment: ExperimentRow,
  ids: readonly string[],
): Promise<readonly ImportId[]> {
  const found: ImportId[] = []
  for (const id of ids) {
    const isHere =
      (await loggedModelById(tables, { project: experiment.project, id }))?.experiment === experiment.number
    const isFree = isHere || !(await isModelIdTaken(tables, id))
    found.push({ id, here: isFree ? id : `m-${idWithin(experiment, id)}`, print: null })
  }
  return found
}

const idWithin = (experiment: ExperimentRow, id: string): string =>
  createHash('sha256').update(`${experiment.number}/${id}`).digest('hex').slice(0, 32)
