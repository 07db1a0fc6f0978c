import { rm, stat } from 'node:fs/promises'
import type { EpochMs, Workspace } from '#platform'
import type { LogPart } from '../schema.ts'
import { forgetPart, readParts, replaceParts } from '../store.ts'
import { partPath } from './log-folder.ts'
import { rowsOf } from './prediction-relation.ts'
import { recoverLog } from './recover-log.ts'
import { writeParquet } from './write-parquet.ts'

/** What a compaction did. */
export interface Compaction {
  readonly merged: number
  readonly rows: number
  readonly removed: number
}

/**
 * Merges what is sealed of a system's log (segments, and small Parquet files once there are many) into Parquet files,
 * each of a size that is merged in little memory, and removes files that were merged some minutes before.
 *
 * Killed at any moment it loses and doubles nothing: a new file counts from the transaction in which the old ones
 * cease to, and until then the old ones do.
 * @param options.mergedBytes size of the files of one merge, except for a single larger one; 256 MB where absent
 */
export async function compactPredictions(
  workspace: Workspace,
  options: { readonly system: string; readonly mergedBytes?: number },
): Promise<Compaction> {
  const { system, mergedBytes = 268_435_456 } = options
  await recoverLog(workspace)
  const done = { merged: 0, rows: 0 }
  for (;;) {
    const merge = await toMerge(workspace, { system, mergedBytes })
    if (merge.length === 0) break
    const rows = await mergeParts(workspace, { system, merge })
    // Another process was faster: it goes on with the rest as well.
    if (rows === null) break
    done.merged += merge.length
    done.rows += rows
  }
  return { ...done, removed: await removeObsolete(workspace, system) }
}

/** @returns rows of the file that took their place; null where another process has merged one of them */
async function mergeParts(
  workspace: Workspace,
  { system, merge }: { readonly system: string; readonly merge: readonly LogPart[] },
): Promise<number | null> {
  const { database, clock, lake, ids } = workspace
  const name = `${system}/${ids.next('part')}.parquet`
  // Each segment is in the order of time already: to sort all would take as much memory as they have bytes.
  const sql = `select * from (${await rowsOf(workspace, merge)}) where id is not null`
  const content = await writeParquet(workspace, lake, { name, sql })
  const kept = { system, name, kind: 'parquet', state: 'sealed', writer: null, changedMs: clock.now() } as const
  if (await replaceParts(database, merge, { ...kept, ...content })) return content.rows
  await rm(partPath(workspace, name), { force: true })
  return null
}

/** The next files to merge: segments, or small Parquet files where there are many; no more of them than a merge takes. */
async function toMerge(
  workspace: Workspace,
  { system, mergedBytes }: { readonly system: string; readonly mergedBytes: number },
): Promise<readonly LogPart[]> {
  const sealed = await readParts(workspace.database, { system, states: ['sealed'] })
  const sized = await Promise.all(
    sealed.map(async (part) => ({ part, sizeBytes: await sizeOf(partPath(workspace, part.name)) })),
  )
  const segments = sized.filter(({ part }) => part.kind === 'segment')
  const small = sized.filter(({ part, sizeBytes }) => part.kind === 'parquet' && sizeBytes < smallBytes)
  const from = segments.length > 0 ? segments : small.length >= manyFiles ? small : []
  let bytes = 0
  return from
    .filter(({ sizeBytes }, place) => (bytes += sizeBytes) <= mergedBytes || place === 0)
    .map(({ part }) => part)
}

/** One that was made known and died with its process before it was there has none. */
const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )

async function removeObsolete(workspace: Workspace, system: string): Promise<number> {
  const before = removableBefore(workspace.clock.now())
  const obsolete = await readParts(workspace.database, { system, states: ['obsolete'] })
  const old = obsolete.filter(({ changedMs }) => changedMs < before)
  for (const { name } of old) {
    await rm(partPath(workspace, name), { force: true })
    await forgetPart(workspace.database, name)
  }
  return old.length
}

/** Moment before which a part must have been merged into another for nobody to still read it. */
export const removableBefore = (nowMs: EpochMs): EpochMs => nowMs - readersMs

const smallBytes = 33_554_432
const manyFiles = 32
/** How long a relation that was made before a merge may still read the old files. */
const readersMs = 600_000
