import type { Workspace } from '#platform'
import { fail } from './failures.ts'
import type { Shape } from './schema-changes.ts'
import type { SchemaChange, Snapshot, SnapshotColumn } from './schema.ts'

/** One source of one system. */
export interface SourceKey {
  readonly system: string
  readonly source: string
}

/** A file as it was when its rows were taken. */
export interface TakenFile {
  readonly path: string
  readonly sizeBytes: number
  readonly modifiedMs: number
  readonly digest: string
  /** Whether rows of it were left for a later pull. */
  readonly hasMore: boolean
}

/** A snapshot with what only the next pull needs. */
export interface StoredSnapshot extends Omit<Snapshot, 'minTimeMs' | 'maxTimeMs' | 'files'> {
  readonly files: readonly TakenFile[]
  readonly minTimeUs: number | null
  readonly maxTimeUs: number | null
  readonly quarantineDigest: string | null
  /** Columns after its last file. */
  readonly shape: Shape
}

/** The snapshot as others see it. */
export function publicSnapshot(snapshot: StoredSnapshot): Snapshot {
  const { minTimeUs, maxTimeUs, quarantineDigest: _quarantine, shape: _shape, files, ...rest } = snapshot
  return {
    ...rest,
    files: files.map(({ path, sizeBytes, digest }) => ({ path, sizeBytes, digest })),
    minTimeMs: milliseconds(minTimeUs),
    maxTimeMs: milliseconds(maxTimeUs),
  }
}

const milliseconds = (micros: number | null): number | null => (micros === null ? null : Math.floor(micros / 1000))

interface SnapshotRow {
  id: string
  system: string
  source: string
  number: number
  digest: string
  rows: number
  columns: string
  changes: string
  shape: string
  min_time_us: number | null
  max_time_us: number | null
  pulled_at_ms: number
  quarantined: number
  quarantine_digest: string | null
}

interface FileRow {
  snapshot_id: string
  place: number
  system: string
  source: string
  path: string
  size_bytes: number
  modified_ms: number
  digest: string
  has_more: number
}

const tables = (workspace: Workspace) =>
  workspace.database.withTables<{ ingress_snapshots: SnapshotRow; ingress_files: FileRow }>()

/** The snapshots of a source, oldest first. */
export async function loadSnapshots(workspace: Workspace, key: SourceKey): Promise<StoredSnapshot[]> {
  const [rows, files] = await Promise.all([
    tables(workspace)
      .selectFrom('ingress_snapshots')
      .selectAll()
      .where('system', '=', key.system)
      .where('source', '=', key.source)
      .orderBy('number')
      .execute(),
    tables(workspace)
      .selectFrom('ingress_files')
      .selectAll()
      .where('system', '=', key.system)
      .where('source', '=', key.source)
      .orderBy('place')
      .execute(),
  ])
  const filesOf = Map.groupBy(files, (file) => file.snapshot_id)
  return rows.map((row) => snapshotOf(row, filesOf.get(row.id) ?? []))
}

/**
 * Records a snapshot and the files it was taken from: both or neither. The cursor of the next pull is made of these
 * rows alone, so it moves in the same transaction.
 * @throws {Failure} `ingress/pulledMeanwhile` when another pull took the snapshot's number
 */
export async function saveSnapshot(workspace: Workspace, snapshot: StoredSnapshot): Promise<void> {
  await tables(workspace)
    .transaction()
    .execute(async (transaction) => {
      const taken = await transaction
        .selectFrom('ingress_snapshots')
        .select('id')
        .where('system', '=', snapshot.system)
        .where('source', '=', snapshot.source)
        .where('number', '=', snapshot.number)
        .executeTakeFirst()
      if (taken) {
        throw fail(
          'pulledMeanwhile',
          `Cannot record a pull of '${snapshot.source}': another process pulled it meanwhile`,
        )
      }
      await transaction.insertInto('ingress_snapshots').values(rowOf(snapshot)).execute()
      const rows = snapshot.files.map((file, place) => fileRowOf(snapshot, { file, place }))
      for (let start = 0; start < rows.length; start += rowsPerInsert) {
        await transaction
          .insertInto('ingress_files')
          .values(rows.slice(start, start + rowsPerInsert))
          .execute()
      }
    })
}

const rowsPerInsert = 1000

function snapshotOf(row: SnapshotRow, files: readonly FileRow[]): StoredSnapshot {
  return {
    id: row.id,
    system: row.system,
    source: row.source,
    number: row.number,
    digest: row.digest,
    rows: row.rows,
    columns: JSON.parse(row.columns) as SnapshotColumn[],
    files: files.map(takenFileOf),
    pulledAtMs: row.pulled_at_ms,
    changes: JSON.parse(row.changes) as SchemaChange[],
    quarantined: row.quarantined,
    minTimeUs: row.min_time_us,
    maxTimeUs: row.max_time_us,
    quarantineDigest: row.quarantine_digest,
    shape: JSON.parse(row.shape) as Shape,
  }
}

function rowOf(snapshot: StoredSnapshot): SnapshotRow {
  return {
    id: snapshot.id,
    system: snapshot.system,
    source: snapshot.source,
    number: snapshot.number,
    digest: snapshot.digest,
    rows: snapshot.rows,
    columns: JSON.stringify(snapshot.columns),
    changes: JSON.stringify(snapshot.changes),
    shape: JSON.stringify(snapshot.shape),
    min_time_us: snapshot.minTimeUs,
    max_time_us: snapshot.maxTimeUs,
    pulled_at_ms: snapshot.pulledAtMs,
    quarantined: snapshot.quarantined,
    quarantine_digest: snapshot.quarantineDigest,
  }
}

function fileRowOf(key: StoredSnapshot, { file, place }: { file: TakenFile; place: number }): FileRow {
  return {
    snapshot_id: key.id,
    place,
    system: key.system,
    source: key.source,
    path: file.path,
    size_bytes: file.sizeBytes,
    modified_ms: file.modifiedMs,
    digest: file.digest,
    has_more: Number(file.hasMore),
  }
}

function takenFileOf(row: Pick<FileRow, 'path' | 'size_bytes' | 'modified_ms' | 'digest' | 'has_more'>): TakenFile {
  return {
    path: row.path,
    sizeBytes: row.size_bytes,
    modifiedMs: row.modified_ms,
    digest: row.digest,
    hasMore: row.has_more === 1,
  }
}
