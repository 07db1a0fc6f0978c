import { rm } from 'node:fs/promises'
import type { Workspace } from '#platform'
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
 * Merges what is sealed of a system's log (segments, and small Parquet files once there are many) into one Parquet file,
 * and removes files that were merged some minutes before.
 *
 * Killed at any moment it loses and doubles nothing: the new file counts from the transaction in which the old ones
 * cease to, and until then the old ones do.
 */
export async function compactPredictions(
  workspace: Workspace,
  options: { readonly system: string },
): Promise<Compaction> {
  const { system } = options
  const { database, clock, lake } = workspace
  await recoverLog(workspace)
  const sealed = await readParts(database, { system, states: ['sealed'] })
  const merge = toMerge(sealed)
  let rows = 0
  if (merge.length > 0) {
    const name = `${system}/${workspace.ids.next('part')}.parquet`
    const sql = `from (${await rowsOf(workspace, merge)}) where id is not null order by at_ms, id`
    const content = await writeParquet(workspace, lake, { name, sql: `select * ${sql}` })
    rows = content.rows
    const part = {
      system,
      name,
      kind: 'parquet',
      state: 'sealed',
      writer: null,
      changedMs: clock.now(),
      ...content,
    } as const
    if (!(await replaceParts(database, merge, part))) await rm(partPath(workspace, name), { force: true })
  }
  const removed = await removeObsolete(workspace, system)
  return { merged: merge.length, rows, removed }
}

/** All segments; with them, or when there are many, the small Parquet files. */
function toMerge(sealed: readonly LogPart[]): readonly LogPart[] {
  const small = sealed.filter((part) => part.kind === 'parquet' && part.rows < smallRows)
  const segments = sealed.filter((part) => part.kind === 'segment')
  if (small.length >= manyFiles) return [...segments, ...small]
  return segments
}

async function removeObsolete(workspace: Workspace, system: string): Promise<number> {
  const before = workspace.clock.now() - readersMs
  const obsolete = await readParts(workspace.database, { system, states: ['obsolete'] })
  const old = obsolete.filter(({ changedMs }) => changedMs < before)
  for (const { name } of old) {
    await rm(partPath(workspace, name), { force: true })
    await forgetPart(workspace.database, name)
  }
  return old.length
}

const smallRows = 250_000
const manyFiles = 32
/** How long a relation that was made before a merge may still read the old files. */
const readersMs = 600_000
