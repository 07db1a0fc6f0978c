import { fail } from './failures.ts'
import { pairOf } from './found-runs.ts'
import { experimentByName, experimentByNumber, experimentTags } from './store/experiments.ts'
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
 * The experiment of a name, or else of an id.
 * @throws {Failure} `tracking/unknownExperiment`
 */
export async function experimentNamed(tables: Tracking, text: string): Promise<ExperimentRow> {
  const named = await experimentByName(tables, text)
  if (named?.state === 'active') return named
  const numbered = /^\d{1,9}$/.test(text) ? await experimentByNumber(tables, Number(text)) : undefined
  const found = numbered ?? named
  if (found) return found
  throw fail('unknownExperiment', `Cannot find the experiment '${text}': the store has none of this name or id`, {
    details: { experiment: text },
  })
}
