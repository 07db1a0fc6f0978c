import { fail } from './failures.ts'
import { pairOf } from './found-runs.ts'
import { experimentByNumber, experimentTags } from './store/experiments.ts'
import type { ExperimentRow, Tracking } from './store/tables.ts'

/** Experiments as our own API shows them. */
export async function foundExperiments(tables: Tracking, rows: readonly ExperimentRow[]) {
  const numbers = rows.map(({ number }) => number)
  const tags = Map.groupBy(await experimentTags(tables, numbers), ({ experiment }) => experiment)
  return rows.map((row) => ({
    id: String(row.number),
    name: row.name,
    system: row.system,
    state: row.state,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    artifactLocation: row.artifact_location,
    tags: (tags.get(row.number) ?? []).map(pairOf),
  }))
}

/**
 * The experiment of an id within a project, be it deleted.
 * @throws {Failure} `tracking/unknownExperiment`
 */
export async function heldExperiment(
  tables: Tracking,
  { project, id }: { readonly project: string; readonly id: string },
): Promise<ExperimentRow> {
  const found = /^\d{1,9}$/.test(id) ? await experimentByNumber(tables, { project, number: Number(id) }) : undefined
  if (found) return found
  throw fail('unknownExperiment', `Cannot find the experiment '${id}': the store has none of this id`, {
    details: { experiment: id },
  })
}
