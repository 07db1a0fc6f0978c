import type { Workspace } from '#platform'
import { fail } from '../failures.ts'
import { heldExperiment } from '../found-experiments.ts'
import type { LifecycleState } from '../schema.ts'
import {
  experimentByName,
  experimentByNumber,
  insertExperiment,
  setExperimentTag,
  updateExperiment,
} from '../store/experiments.ts'
import type { Named } from '../store/logged-models.ts'
import { together, type ExperimentRow, type Tracking } from '../store/tables.ts'

/** An experiment as it is brought in from elsewhere. */
export interface GivenExperiment {
  readonly name: string
  readonly state: LifecycleState
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly tags: readonly Named[]
  readonly artifactLocation?: string | undefined
  readonly project: string
}

/**
 * The experiment that runs from elsewhere are brought into: the one of the name, or a new one.
 * @throws {Failure} `tracking/ownRecord` where it holds the runs of a system
 */
export function importExperiment(workspace: Workspace, given: GivenExperiment): Promise<ExperimentRow> {
  return together(workspace.database, async (tables) => {
    const held = await experimentByName(tables, given)
    // A name is free once its experiment is deleted; what was deleted there belongs to what was deleted here.
    const isSame = held !== undefined && (held.state === 'active' || given.state === 'deleted')
    if (isSame) holdForeign(held)
    const number = isSame ? held.number : await addExperiment(tables, given)
    for (const tag of given.tags) await setExperimentTag(tables, { experiment: number, ...tag })
    return (await experimentByNumber(tables, { project: given.project, number })) as ExperimentRow
  })
}

async function addExperiment(tables: Tracking, given: GivenExperiment): Promise<number> {
  const { name, createdAtMs: atMs, artifactLocation, project } = given
  const number = await insertExperiment(tables, { name, atMs, artifactLocation, project })
  await updateExperiment(tables, number, { state: given.state, updated_at_ms: given.updatedAtMs })
  return number
}

/**
 * The experiment of an id, for what is brought in.
 * @throws {Failure} `tracking/unknownExperiment`, `tracking/ownRecord`
 */
export async function targetExperiment(
  tables: Tracking,
  name: { readonly project: string; readonly id: string },
): Promise<ExperimentRow> {
  const found = await heldExperiment(tables, name)
  holdForeign(found)
  return found
}

function holdForeign({ name, system }: ExperimentRow): void {
  if (system !== null)
    throw fail('ownRecord', `Cannot bring runs into '${name}': it holds the record of the system of that name`, {
      details: { experiment: name, system },
    })
}
