import { setImmediate } from 'node:timers/promises'
import type { EpochMs, Workspace } from '#platform'
import { pathOfUri } from '../artifacts/project-path.ts'
import {
  chosenLocations,
  claimDeleted,
  claimWithExperiments,
  countDeleted,
  deleteCollected,
  deleteSomeOf,
  doomedRows,
  emptyExperiments,
  foldersWithFiles,
  type Deletable,
  type DoomedRow,
} from '../store/deleted.ts'
import { open, together, type Tracking } from '../store/tables.ts'
import { isWithin, removeFiles, type RemovedBytes } from './remove-files.ts'

export interface CollectDeletedOptions {
  /** What was deleted before then goes; what was deleted later can still be restored. */
  readonly deletedBefore: EpochMs
  /** Only counts what would go. */
  readonly dryRun: boolean
  /** Addresses of artifacts that others need, such as 'mlflow-artifacts:/1/RUN/artifacts/model': they and all in them stay. */
  readonly neededUris: readonly string[]
}

/** What was collected, or would be. */
export interface CollectedFacts {
  readonly experiments: number
  readonly runs: number
  readonly loggedModels: number
  /** Files of artifacts, and the bytes that they stood for. */
  readonly removed: RemovedBytes
}

/**
 * Removes experiments, runs and logged models that were deleted some time ago, with all that belongs to them, in small
 * transactions between which others write. They are taken out of sight first: what a collection that was cut short left
 * of them is never seen again, and the next one goes on with it.
 */
export async function collectDeleted(workspace: Workspace, options: CollectDeletedOptions): Promise<CollectedFacts> {
  const { deletedBefore: before, dryRun } = options
  const { database } = workspace
  const counted = async (table: Deletable): Promise<number> =>
    dryRun ? countDeleted(open(database), table, before) : claimAll(workspace, table, before)
  const experiments = await counted('tracking_experiments')
  const runs = await counted('tracking_runs')
  const loggedModels = await counted('tracking_logged_models')
  const removed: RemovedBytes = new Map()
  const tables = open(database)
  const needed: Needed = {
    places: foldersOf(options.neededUris),
    chosen: foldersOf(await chosenLocations(tables)),
    runs: runsNamed(options.neededUris),
  }
  for (const table of ['tracking_runs', 'tracking_logged_models'] as const)
    for await (const page of doomedPages(tables, table, dryRun ? before : undefined)) {
      const held = await removeArtifacts(workspace, { table, page, needed, dryRun, removed })
      const all = page.map(({ number }) => number)
      if (!dryRun) await removeRows(workspace, table, { all, bare: all.filter((number) => !held.has(number)) })
    }
  if (!dryRun) {
    const empty = await emptyExperiments(tables)
    await removeRows(workspace, 'tracking_experiments', { all: empty, bare: empty })
  }
  return { experiments, runs, loggedModels, removed }
}

/** What is needed of the store of artifacts by others than those who are collected. */
interface Needed {
  /** Folders and files that versions of registered models are made of. */
  readonly places: readonly string[]
  /** Places that experiments were given: one may lie in the folder of a run of another. */
  readonly chosen: readonly string[]
  /** Ids of runs whose artifacts a version names by the run. */
  readonly runs: ReadonlySet<string>
}

/** Removes the artifacts of a page of runs or models. @returns numbers of those of which something is needed */
async function removeArtifacts(
  workspace: Workspace,
  options: {
    readonly table: 'tracking_runs' | 'tracking_logged_models'
    readonly page: readonly DoomedRow[]
    readonly needed: Needed
    readonly dryRun: boolean
    readonly removed: RemovedBytes
  },
): Promise<ReadonlySet<number>> {
  const { table, page, needed, dryRun, removed } = options
  const held = new Set<number>()
  const folders = page.flatMap((row) => folderOf(table, row) ?? [])
  const filled = await foldersWithFiles(open(workspace.database), folders)
  for (const row of page) {
    const folder = folderOf(table, row)
    if (folder === undefined || !filled.has(folder)) continue
    const places = [...needed.places, ...needed.chosen.filter((place) => isWithin(place, folder))]
    const isNamed = needed.runs.has(row.id)
    if (isNamed || !(await removeFiles(workspace, folder, { dryRun, needed: places, removed }))) held.add(row.number)
  }
  return held
}

const foldersOf = (uris: readonly string[]): readonly string[] => uris.flatMap((uri) => pathOfUri(uri) ?? [])

/** Takes all that was deleted before a moment out of sight. @returns how many they are */
async function claimAll(workspace: Workspace, table: Deletable, before: EpochMs): Promise<number> {
  const claims = [(tables: Tracking) => claimDeleted(tables, table, { before })]
  if (table !== 'tracking_experiments') claims.push((tables) => claimWithExperiments(tables, table))
  let claimed = 0
  for (const claim of claims)
    for (let some = -1; some !== 0;) {
      some = await together(workspace.database, claim)
      claimed += some
      await setImmediate()
    }
  return claimed
}

async function* doomedPages(
  tables: Tracking,
  table: 'tracking_runs' | 'tracking_logged_models',
  before: EpochMs | undefined,
): AsyncGenerator<readonly DoomedRow[], undefined> {
  for (let after: DoomedRow | undefined; ;) {
    const page = await doomedRows(tables, table, { after, before })
    if (page.length === 0) return
    yield page
    after = page.at(-1)
    await setImmediate()
  }
}

/**
 * Removes what belongs to runs, models or experiments, then those that have no file left.
 * @param rows.bare numbers of the ones whose files are gone; the others stay, out of sight, for as long as those are needed
 */
async function removeRows(
  workspace: Workspace,
  table: Deletable,
  rows: { readonly all: readonly number[]; readonly bare: readonly number[] },
): Promise<void> {
  if (rows.all.length === 0) return
  for (let more = true; more;) {
    more = await together(workspace.database, (tables) => deleteSomeOf(tables, table, rows.all))
    await setImmediate()
  }
  await together(workspace.database, (tables) => deleteCollected(tables, table, rows.bare))
}

/** The folder of the artifacts of a run or model; undefined where they are not in this store. */
function folderOf(table: Deletable, { id, location }: DoomedRow): string | undefined {
  const at = pathOfUri(location)
  if (at === undefined) return undefined
  return table === 'tracking_runs' ? `${at}/${id}` : at.replace(/\/artifacts$/, '')
}

/** Runs whose artifacts are named by the run: 'runs:/RUN/model'. */
const runsNamed = (uris: readonly string[]): ReadonlySet<string> =>
  new Set(uris.flatMap((uri) => /^runs:\/+([^/]+)/.exec(uri)?.[1] ?? []))
