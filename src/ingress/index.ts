/**
 * Ingress: where rows come from. Reads CSV, Parquet, JSON and NDJSON files and keeps what is new as snapshots.
 * Tables: `ingress_snapshots`, `ingress_files`. Emits nothing: `pull` returns the snapshot that it took.
 *
 * Invariants: a snapshot never changes; a row is taken once; rows that cannot be read are kept with file, line and
 * reason; a pull that fails or is killed took nothing.
 */
import type { BlobReferences } from '#platform'

export type * from './schema.ts'
export { isMoment, typeFamily, unifyTypes } from './column-types.ts'
export type { TypeFamily } from './column-types.ts'
export { pull } from './pull.ts'
export { quarantineOf } from './quarantine.ts'
export { sniffFile } from './sniff-file.ts'
export { snapshotRelation } from './snapshot-relation.ts'
export { snapshotsOf } from './snapshots-of.ts'
export type { ColumnSurvey } from './survey-columns.ts'

/** Bytes of snapshots, and of the rows that could not be read. */
export const blobReferences: BlobReferences = {
  tables: [{ table: 'ingress_snapshots', key: ['id'], columns: ['digest', 'quarantine_digest'] }],
  // The files that snapshots were taken from stay where they are.
  notBytes: ['ingress_files.digest'],
}
