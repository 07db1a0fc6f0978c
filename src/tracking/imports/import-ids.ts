import { createHash } from 'node:crypto'
import { importOf } from '../store/imports.ts'
import { loggedModelById } from '../store/logged-models.ts'
import { runById } from '../store/runs.ts'
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
    const taken = await runById(tables, id)
    const here = taken && taken.experiment !== experiment.number ? idWithin(experiment, id) : id
    const held = here === id ? taken : await runById(tables, here)
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
    const taken = await loggedModelById(tables, id)
    const isFree = taken === undefined || taken.experiment === experiment.number
    found.push({ id, here: isFree ? id : `m-${idWithin(experiment, id)}`, print: null })
  }
  return found
}

const idWithin = (experiment: ExperimentRow, id: string): string =>
  createHash('sha256').update(`${experiment.number}/${id}`).digest('hex').slice(0, 32)
