import type { Workspace } from '#platform'
import { fail } from './failures.ts'
import { paramValue } from './param-value.ts'
import type { Environment, Experiment, MetricPoint, Run, RunStatus, Scalar } from './schema.ts'
import { allExperiments } from './store/experiments.ts'
import { historyOf, latestOf } from './store/metrics.ts'
import { artifactsOf, findOwnRuns, ownRunById, paramsOf, type OwnRunRow } from './store/runs.ts'
import { open, type Tracking } from './store/tables.ts'

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

/** All experiments that are not deleted, by name. */
export async function experiments(workspace: Workspace): Promise<readonly Experiment[]> {
  const rows = await allExperiments(workspace.database)
  return rows
    .filter(({ state }) => state === 'active')
    .map(({ number, name, system, created_at_ms }) => ({
      id: String(number),
      name,
      system,
      createdAtMs: created_at_ms,
    }))
}

/** Runs of systems that match, the newest first. */
export async function runsOf(workspace: Workspace, filter: RunFilter = {}): Promise<readonly Run[]> {
  const limit = Math.min(Math.max(filter.limit ?? 100, 0), 1000)
  return withDetails(workspace, await findOwnRuns(workspace.database, { ...filter, limit }))
}

/**
 * One run.
 * @throws {Failure} `tracking/unknownRun`
 */
export function run(workspace: Workspace, id: string): Promise<Run> {
  return readRun(workspace, id)
}

/** All values of one metric of a run, by step. */
export async function metricHistory(
  workspace: Workspace,
  { runId, name }: { readonly runId: string; readonly name: string },
): Promise<readonly MetricPoint[]> {
  const tables = open(workspace.database)
  const held = await ownRunById(tables, runId)
  if (!held) return []
  const points = await historyOf(tables, held.number, { name, limit: Number.MAX_SAFE_INTEGER })
  return points.map(({ step, value, atMs }) => ({ step, value, atMs })).toSorted((a, b) => a.step - b.step)
}

/** @throws {Failure} `tracking/unknownRun` */
export async function readRun(workspace: Workspace, id: string): Promise<Run> {
  const [found] = await withDetails(workspace, await findOwnRuns(workspace.database, { id, limit: 1 }))
  if (!found) throw unknown(id)
  return found
}

/** @throws {Failure} `tracking/unknownRun` */
export async function heldRun(tables: Tracking, id: string): Promise<OwnRunRow> {
  const row = await ownRunById(tables, id)
  if (!row) throw unknown(id)
  return row
}

const unknown = (id: string) =>
  fail('unknownRun', `Cannot find the run '${id}': the store has none of this id`, { details: { run: id } })

async function withDetails(workspace: Workspace, rows: readonly OwnRunRow[]): Promise<Run[]> {
  const tables = open(workspace.database)
  const numbers = rows.map(({ number }) => number)
  const byRun = <T extends { run: number }>(items: readonly T[]) => Map.groupBy(items, ({ run }) => run)
  const params = byRun(await paramsOf(tables, numbers))
  const metrics = byRun(await latestOf(tables, numbers))
  const artifacts = byRun(await artifactsOf(tables, numbers))
  return rows.map((row) => ({
    ...plainRun(row),
    params: Object.fromEntries(params.get(row.number)?.map((param) => [param.name, paramValue(param)]) ?? []),
    metrics: Object.fromEntries(metrics.get(row.number)?.map(({ name, value }) => [name, value]) ?? []),
    artifacts: (artifacts.get(row.number) ?? []).map(({ path, digest, at_ms }) => ({ path, digest, atMs: at_ms })),
  }))
}

function plainRun(row: OwnRunRow): Omit<Run, 'params' | 'metrics' | 'artifacts'> {
  return {
    id: row.id,
    experiment: String(row.experiment),
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
