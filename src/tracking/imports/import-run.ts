import { inQuickTransaction, type Workspace } from '#platform'
import { fail } from '../failures.ts'
import { addParams } from '../log-params.ts'
import { cut, holdKey, longestParam, longestTag } from '../mlflow/hold-names.ts'
import type { LifecycleState, RunStatus } from '../schema.ts'
import { putImport } from '../store/imports.ts'
import { ensureDataset, putInput, putModelLink } from '../store/inputs.ts'
import type { Named } from '../store/logged-models.ts'
import { addMetrics, type Measured } from '../store/metrics.ts'
import { insertRun, isRunIdTaken, putTags, runById, updateRun } from '../store/runs.ts'
import { open, together, type ExperimentRow, type ModelLinkRow, type RunRow, type Tracking } from '../store/tables.ts'
import { targetExperiment } from './import-experiment.ts'

/** The experiment that something is brought into. */
export interface InExperiment {
  readonly project: string
  /** Its id. */
  readonly experiment: string
}

/** A run as it is brought in from elsewhere, with the id that it is to have here. */
export interface GivenRun {
  readonly id: string
  readonly name: string
  readonly user: string
  readonly status: RunStatus
  readonly state: LifecycleState
  readonly startedAtMs: number
  readonly finishedAtMs: number | null
  readonly params: readonly Named[]
  readonly tags: readonly Named[]
  readonly datasets: readonly GivenDataset[]
  readonly models: readonly {
    readonly id: string
    readonly direction: ModelLinkRow['direction']
    readonly step: number
  }[]
}

interface GivenDataset {
  readonly name: string
  readonly digest: string
  readonly sourceType: string
  readonly source: string
  readonly schema: string | null
  readonly profile: string | null
  readonly context: string | null
  readonly tags: readonly object[]
}

/**
 * Brings a run into an experiment, or what changed of one that was brought in before. Its metrics and artifacts follow.
 * @throws {Failure} `tracking/idTaken`, `tracking/ownRecord`, `tracking/paramChanged`
 */
export function importRun(
  workspace: Workspace,
  { project, experiment: id, run }: InExperiment & { readonly run: GivenRun },
): Promise<void> {
  for (const [what, list] of [
    ['param', run.params],
    ['tag', run.tags],
  ] as const)
    for (const { name } of list) holdKey(what, name)
  return inQuickTransaction(open(workspace.database), async (tables) => {
    const experiment = await targetExperiment(tables, { project, id })
    const number = await putRun(tables, experiment, run)
    await addParams(
      tables,
      { number, id: run.id },
      Object.fromEntries(run.params.map(({ name, value }) => [name, cut(value, longestParam)])),
    )
    await putTags(
      tables,
      run.tags.map(({ name, value }) => ({ run: number, name, value: cut(value, longestTag) })),
    )
    for (const { tags, sourceType, context, ...dataset } of run.datasets) {
      const row = { experiment: experiment.number, ...dataset, source_type: sourceType }
      const { name, digest } = dataset
      const place = await ensureDataset(tables, row)
      await putInput(tables, { run: number, dataset: place, name, digest, context, tags: JSON.stringify(tags) })
    }
    for (const { id: model_id, direction, step } of run.models)
      await putModelLink(tables, { run: number, direction, model_id, step })
  })
}

async function putRun(tables: Tracking, experiment: ExperimentRow, given: GivenRun): Promise<number> {
  const row: Omit<RunRow, 'number'> = {
    id: given.id,
    experiment: experiment.number,
    name: given.name,
    user_name: given.user,
    status: given.status,
    state: given.state,
    started_at_ms: given.startedAtMs,
    finished_at_ms: given.finishedAtMs,
  }
  const held = await runById(tables, { project: experiment.project, id: given.id })
  if (!held) {
    if (await isRunIdTaken(tables, given.id)) throw idTaken(given.id)
    return insertRun(tables, row)
  }
  holdSame(held, experiment)
  await updateRun(tables, held.number, row)
  return held.number
}

/**
 * Adds values to the histories of a run that was brought in; those that are there change nothing.
 * @throws {Failure} `tracking/unknownRun`, `tracking/idTaken`, `tracking/ownRecord`
 */
export function importPoints(
  workspace: Workspace,
  given: InExperiment & { readonly run: string; readonly points: readonly Measured[] },
): Promise<void> {
  for (const name of new Set(given.points.map(({ name }) => name))) holdKey('metric', name)
  return inQuickTransaction(open(workspace.database), async (tables) => {
    await addMetrics(tables, await importedRun(tables, given), given.points)
  })
}

/**
 * Notes that all of a run was brought in, and in which state it was there. It is on the disk then, with all that came before.
 * @throws {Failure} `tracking/unknownRun`, `tracking/idTaken`, `tracking/ownRecord`
 */
export function completeImport(
  workspace: Workspace,
  given: InExperiment & { readonly run: string; readonly print: string },
): Promise<void> {
  return together(workspace.database, async (tables) => {
    const { number } = await importedRun(tables, given)
    await putImport(tables, { run: number, print: given.print, at_ms: workspace.clock.now() })
  })
}

async function importedRun(
  tables: Tracking,
  { project, experiment, run }: InExperiment & { readonly run: string },
): Promise<RunRow> {
  const target = await targetExperiment(tables, { project, id: experiment })
  const held = await runById(tables, { project, id: run })
  if (!held) throw fail('unknownRun', `Cannot bring in more of the run '${run}': it was not brought in yet`)
  holdSame(held, target)
  return held
}

function holdSame(held: RunRow, experiment: ExperimentRow): void {
  if (held.experiment !== experiment.number) throw idTaken(held.id)
}

const idTaken = (id: string): Error =>
  fail('idTaken', `Cannot bring in the run '${id}': another experiment has a run of this id`, { details: { run: id } })
