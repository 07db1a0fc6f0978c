import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { quoteText, storageFailure, syncPath, type Lake, type Workspace } from '#platform'
import type { PartContent } from '../store.ts'
import { partPath } from './log-folder.ts'

/**
 * Writes rows of the log as a Parquet file that is whole or not there: made aside, synchronised, then renamed. It counts
 * for nothing until it is listed among the parts.
 * @param sql gives the columns of the log
 * @throws {Failure} `platform/diskFull`, `platform/notWritable`
 */
export async function writeParquet(
  workspace: Workspace,
  lake: Lake,
  part: { name: string; sql: string },
): Promise<PartContent> {
  const path = partPath(workspace, part.name)
  const making = workspace.blobs.scratchPath('parquet')
  try {
    await mkdir(dirname(path), { recursive: true })
    await lake.run(
      `copy (${part.sql}) to ${quoteText(making)} (format parquet, compression snappy, row_group_size ${groupRows})`,
    )
    const content = await contentOf(lake, making)
    await syncPath(making)
    await rename(making, path)
    await syncPath(dirname(path))
    return content
  } catch (error) {
    await rm(making, { force: true })
    throw storageFailure('write the prediction log', error)
  }
}

/** Rows that are held in memory until they are written; those of a wide model take some kilobytes each. */
const groupRows = 16_384

async function contentOf(lake: Lake, path: string): Promise<PartContent> {
  const [row] = await lake.rows<{ rows: number; from_ms: number; to_ms: number; first_id: string; last_id: string }>(
    `select count(*) as rows, min(at_ms) as from_ms, max(at_ms) as to_ms, min(id) as first_id, max(id) as last_id
     from read_parquet(${quoteText(path)})`,
  )
  if (!row) throw new TypeError('An aggregate without groups gives one row')
  return { rows: row.rows, fromMs: row.from_ms, toMs: row.to_ms, firstId: row.first_id, lastId: row.last_id }
}
