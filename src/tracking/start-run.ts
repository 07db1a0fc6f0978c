import { contentHash, type Workspace } from '#platform'
import { currentEnvironment, currentOwner } from './environment.ts'
import { holdName } from './hold-value.ts'
import { addParams } from './log-params.ts'
import { readRun } from './runs.ts'
import type { Run, Scalar } from './schema.ts'
import { ensureExperiment, insertRun, runByKey, together, updateRun, type RunRow, type Tracking } from './store.ts'

/** What a run depends on. */
export interface RunStart {
  readonly system: string
  /** Name of the candidate. */
  readonly name: string
  /** The candidate's trainer. */
  readonly kind: string
  /** The same for the same work, so that a workflow that runs again takes up its run: 'train/2001-02-01/logistic'. */
  readonly key: string
  readonly systemHash: string
  /** Digest of the dataset. */
  readonly dataHash: string
  readonly commit: string | null
  readonly dirty: boolean
  readonly seed: number
  readonly params?: Readonly<Record<string, Scalar>>
}

/**
 * Begins a run, or takes up the one that has the key: a failed one begins again, a running one belongs to this process
 * from now on, a finished or cancelled one comes back as it is.
 * @throws {Failure} `tracking/badValue`, `tracking/paramChanged`
 */
export async function startRun(workspace: Workspace, start: RunStart): Promise<Run> {
  holdName('run', start.name)
  const id = await together(workspace.database, async (tables) => {
    const held = await runByKey(tables, start.key)
    const row = held ?? (await addRun(tables, workspace, start))
    if (held && (held.status === 'failed' || held.status === 'running')) await takeUp(tables, workspace, held)
    await addParams(tables, row.id, start.params ?? {})
    return row.id
  })
  return readRun(workspace, id)
}

async function addRun(tables: Tracking, workspace: Workspace, start: RunStart): Promise<RunRow> {
  const now = workspace.clock.now()
  const row: RunRow = {
    id: workspace.ids.next('run'),
    run_key: start.key,
    // The same experiment gets the same id in every store, so a race of two first runs has nothing to decide.
    experiment: await ensureExperiment(tables, {
      id: `experiment_${contentHash(start.system).slice(0, 26)}`,
      system: start.system,
      created_at_ms: now,
    }),
    system: start.system,
    name: start.name,
    kind: start.kind,
    status: 'running',
    attempt: 1,
    system_hash: start.systemHash,
    data_hash: start.dataHash,
    commit_hash: start.commit,
    dirty: start.dirty ? 1 : 0,
    seed: start.seed,
    environment: JSON.stringify(currentEnvironment()),
    facts: '{}',
    started_at_ms: now,
    finished_at_ms: null,
    failure: null,
    owner: currentOwner(),
  }
  await insertRun(tables, row)
  return row
}

const takeUp = (tables: Tracking, workspace: Workspace, held: RunRow) =>
  updateRun(tables, held.id, {
    status: 'running',
    attempt: held.attempt + 1,
    started_at_ms: workspace.clock.now(),
    finished_at_ms: null,
    failure: null,
    environment: JSON.stringify(currentEnvironment()),
    owner: currentOwner(),
  })
