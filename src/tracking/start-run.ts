import type { Workspace } from '#platform'
import { currentEnvironment, currentOwner } from './environment.ts'
import { holdName } from './hold-value.ts'
import { addParams } from './log-params.ts'
import { readRun } from './runs.ts'
import type { Run, Scalar } from './schema.ts'
import { ensureExperiment } from './store/experiments.ts'
import { insertOrigin, insertRun, ownRunByKey, updateOrigin, updateRun } from './store/runs.ts'
import { together, type RunRow, type Tracking } from './store/tables.ts'

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
    const held = await ownRunByKey(tables, start.key)
    const row = held ?? (await addRun(tables, workspace, start))
    if (held && (held.status === 'failed' || held.status === 'running')) await takeUp(tables, workspace, held)
    await addParams(tables, row, start.params ?? {})
    return row.id
  })
  return readRun(workspace, id)
}

async function addRun(tables: Tracking, workspace: Workspace, start: RunStart): Promise<Pick<RunRow, 'number' | 'id'>> {
  const now = workspace.clock.now()
  const id = workspace.ids.next('run')
  const number = await insertRun(tables, {
    id,
    experiment: await ensureExperiment(tables, start.system, now),
    name: start.name,
    user_name: '',
    status: 'running',
    state: 'active',
    started_at_ms: now,
    finished_at_ms: null,
  })
  await insertOrigin(tables, {
    run: number,
    run_key: start.key,
    kind: start.kind,
    attempt: 1,
    system_hash: start.systemHash,
    data_hash: start.dataHash,
    commit_hash: start.commit,
    dirty: start.dirty ? 1 : 0,
    seed: start.seed,
    environment: JSON.stringify(currentEnvironment()),
    facts: '{}',
    failure: null,
    owner: currentOwner(),
  })
  return { number, id }
}

async function takeUp(
  tables: Tracking,
  workspace: Workspace,
  held: { readonly number: number; readonly attempt: number },
): Promise<void> {
  const again = { status: 'running', started_at_ms: workspace.clock.now(), finished_at_ms: null } as const
  await updateRun(tables, held.number, again)
  await updateOrigin(tables, held.number, {
    attempt: held.attempt + 1,
    failure: null,
    environment: JSON.stringify(currentEnvironment()),
    owner: currentOwner(),
  })
}
