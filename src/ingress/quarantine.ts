import { quoteText, type Digest, type Lake, type Workspace } from '#platform'
import type { Reject } from './readers/part.ts'
import type { QuarantinedRow } from './schema.ts'
import { loadSnapshots, type SourceKey, type StoredSnapshot } from './store.ts'

/** The malformed rows of a source, in the order of their snapshots, files and lines. */
export async function quarantineOf(
  workspace: Workspace,
  options: SourceKey & {
    /** Id of one snapshot; all where absent. */
    readonly snapshot?: string
    readonly limit?: number
  },
): Promise<readonly QuarantinedRow[]> {
  const snapshots = (await loadSnapshots(workspace, options)).filter(
    ({ id }) => options.snapshot === undefined || id === options.snapshot,
  )
  const rows: QuarantinedRow[] = []
  for (const { id, quarantineDigest } of snapshots) {
    const room = (options.limit ?? Infinity) - rows.length
    if (quarantineDigest === null || room <= 0) continue
    await workspace.blobs.bringHere([quarantineDigest])
    const read = await workspace.lake.rows<Omit<QuarantinedRow, 'snapshot' | 'source'>>(
      `select * from read_parquet(${quoteText(workspace.blobs.pathOf(quarantineDigest))})${Number.isFinite(room) ? ` limit ${room}` : ''}`,
    )
    rows.push(...read.map((row) => ({ source: options.source, snapshot: id, ...row })))
  }
  return rows
}

/**
 * Stores malformed rows as a Parquet file among the blobs.
 * @param earlier snapshots whose malformed rows are not stored again: those of files that are read anew on each pull
 */
export async function writeQuarantine(
  workspace: Workspace,
  lake: Lake,
  { rejects, earlier }: { readonly rejects: readonly Reject[]; readonly earlier: readonly StoredSnapshot[] },
): Promise<{ readonly rows: number; readonly digest: Digest | null }> {
  const known = new Set<string>()
  for (const { quarantineDigest } of earlier) {
    if (quarantineDigest === null) continue
    await workspace.blobs.bringHere([quarantineDigest])
    const rows = await lake.rows<{ file: string; line: number | null; text: string }>(
      `select file, line, text from read_parquet(${quoteText(workspace.blobs.pathOf(quarantineDigest))})`,
    )
    for (const row of rows) known.add(keyOf(row.file, row))
  }
  const fresh = rejects.filter((reject) => !known.has(keyOf(reject.path, reject)))
  if (fresh.length === 0) return { rows: 0, digest: null }
  const path = workspace.blobs.scratchPath('parquet')
  await lake.run(
    'create temp table malformed (file varchar, line bigint, columns varchar[], reason varchar, text varchar)',
  )
  for (let start = 0; start < fresh.length; start += rowsPerInsert) {
    const json = JSON.stringify(
      fresh.slice(start, start + rowsPerInsert).map(({ path, ...rest }) => ({ file: path, ...rest })),
    )
    await lake.run(`insert into malformed select unnest(from_json($json, ${quoteText(shape)}), max_depth := 2)`, {
      json,
    })
  }
  await lake.run(`copy malformed to ${quoteText(path)} (format parquet, compression zstd)`)
  return { rows: fresh.length, digest: await workspace.blobs.adopt(path) }
}

const rowsPerInsert = 5000
const shape = JSON.stringify([
  { file: 'VARCHAR', line: 'BIGINT', columns: ['VARCHAR'], reason: 'VARCHAR', text: 'VARCHAR' },
])
const keyOf = (file: string, { line, text }: { readonly line: number | null; readonly text: string }): string =>
  JSON.stringify([file, line, text])
