import type { Workspace } from '#platform'
import { fail } from './failures.ts'
import type { Environment, Experiment, MetricPoint, Run, RunStatus, Scalar } from './schema.ts'
import { allExperiments, detailsOf, findRuns, pointsOf, runById, type RunRow, type Tracking } from './store.ts'

/** Which runs are wanted; all where a field is absent. */
export interface RunFilter {
  readonly id?: string
  readonly system?: string
  readonly status?: RunStatus
  /** Name of the candidate. */
  readonly name?: string
  readonly systemHash?: string
  readonly dataHash?: string
  /** Begun before this moment. */
  readonly beforeMs?: number
  /** At most this many; 100 where absent, 1,000 at most. */
  readonly limit?: number
}

/** One experiment a system, by name. */
export async function experiments(workspace: Workspace): Promise<readonly Experiment[]> {
  const rows = await allExperiments(workspace.database)
  return rows.map(({ id, system, created_at_ms }) => ({ id, system, createdAtMs: created_at_ms }))
}

/** Runs that match, the newest first. */
export async function runsOf(workspace: Workspace, filter: RunFilter = {}): Promise<readonly Run[]> {
  const limit = Math.min(Math.max(filter.limit ?? 100, 0), 1000)
  return withDetails(workspace, await findRuns(workspace.database, { ...filter, limit }))
}

/**
 * One run.
 * @throws {Failure} `tracking/unknownRun`
 */
export function run(workspace: Workspace, id: string): Promise<Run> {
  return readRun(workspace, id)
}

/** All values of one metric of a run, by step. */
export function metricHistory(
  workspace: Workspace,
  { runId, name }: { readonly runId: string; readonly name: string },
): Promise<readonly MetricPoint[]> {
  return pointsOf(workspace.database, runId, name)
}

/** @throws {Failure} `tracking/unknownRun` */
export async function readRun(workspace: Workspace, id: string): Promise<Run> {
  const [found] = await withDetails(workspace, await findRuns(workspace.database, { id, limit: 1 }))
  if (!found) throw unknown(id)
  return found
}

/** @throws {Failure} `tracking/unknownRun` */
export async function heldRun(tables: Tracking, id: string): Promise<RunRow> {
  const row = await runById(tables, id)
  if (!row) throw unknown(id)
  return row
}

const unknown = (id: string) =>
  fail('unknownRun', `Cannot find the run '${id}': the store has none of this id`, { details: { run: id } })

async function withDetails(workspace: Workspace, rows: readonly RunRow[]): Promise<Run[]> {
  const ids = rows.map((row) => row.id)
  const { params, metrics, artifacts } = await detailsOf(workspace.database, ids)
  const byRun = <T extends { run_id: string }>(items: readonly T[]) => Map.groupBy(items, (item) => item.run_id)
  const [paramsOf, metricsOf, artifactsOf] = [byRun(params), byRun(metrics), byRun(artifacts)]
  return rows.map((row) => ({
    ...plainRun(row),
    params: Object.fromEntries(
      paramsOf.get(row.id)?.map(({ name, value }) => [name, JSON.parse(value) as Scalar]) ?? [],
    ),
    metrics: Object.fromEntries(metricsOf.get(row.id)?.map(({ name, value }) => [name, value]) ?? []),
    artifacts: (artifactsOf.get(row.id) ?? []).map(({ path, digest, at_ms }) => ({ path, digest, atMs: at_ms })),
  }))
}

function plainRun(row: RunRow): Omit<Run, 'params' | 'metrics' | 'artifacts'> {
  return {
    id: row.id,
    experiment: row.experiment,
    system: row.system,
    key: row.run_key,
    name: row.name,
    kind: row.kind,
    status: row.status,
    attempt: row.attempt,
    systemHash: row.system_hash,
    dataHash: row.data_hash,
    commit: row.commit_hash,
    dirty: row.dirty === 1,
    seed: row.seed,
    environment: JSON.parse(row.environment) as Environment,
    facts: JSON.parse(row.facts) as Record<string, Scalar>,
    startedAtMs: row.started_at_ms,
    finishedAtMs: row.finished_at_ms,
    failure: row.failure === null ? null : (JSON.parse(row.failure) as Run['failure']),
  }
}
