import type { ColumnSurvey } from './survey-columns.ts'
import type { SystemVersion } from '#system'

/** A column of a snapshot. */
export interface SnapshotColumn {
  readonly name: string
  /** DuckDB's type; of a column without any value the type it had before, VARCHAR where it never had one. */
  readonly type: string
  /** Rows without a value. */
  readonly nulls: number
}

/** A file that rows were taken from. */
export interface SnapshotFile {
  /** Relative to the system file's folder, with '/'. */
  readonly path: string
  readonly sizeBytes: number
  /** SHA-256 of its bytes. */
  readonly digest: string
}

/**
 * How a file's columns differ from those of the file before it. `widened` stays in its family (BIGINT to DOUBLE),
 * `type-changed` leaves it (number to text); `all-null` lost every value, `filled` has its first ones;
 * `replaced` names no column: the file was taken before with other content.
 */
export interface SchemaChange {
  readonly kind: 'appeared' | 'vanished' | 'type-changed' | 'widened' | 'all-null' | 'filled' | 'replaced'
  readonly file: string
  readonly column: string | null
  readonly from: string | null
  readonly to: string | null
}

/** An immutable pull of a source: one Parquet file among the blobs, rows in the order of their files. */
export interface Snapshot {
  readonly id: string
  readonly system: string
  readonly source: string
  /** 1, 2, 3 … by source. */
  readonly number: number
  /** SHA-256 of the Parquet file: its name among the blobs. */
  readonly digest: string
  readonly rows: number
  readonly columns: readonly SnapshotColumn[]
  readonly files: readonly SnapshotFile[]
  /** Range of the source's time column; null where the source names none. */
  readonly minTimeMs: number | null
  readonly maxTimeMs: number | null
  readonly pulledAtMs: number
  readonly changes: readonly SchemaChange[]
  /** Rows that could not be read: see `quarantineOf`. */
  readonly quarantined: number
}

export interface PullOptions {
  readonly system: SystemVersion
  /** A name among the system's sources. */
  readonly source: string
  /** Rows later than this stay for a later pull (cursor `time`); the workspace's clock where absent. */
  readonly nowMs?: number
  /** Refuse a vanished column or a changed type instead of recording it. */
  readonly strict?: boolean
}

export interface PullResult {
  /** What was taken; null when there was nothing new. */
  readonly snapshot: Snapshot | null
  /** Files that were read. */
  readonly files: number
  /** Files left alone, since their content was taken before. */
  readonly skipped: number
  /** Rows that could not be read and went to quarantine. */
  readonly quarantined: number
  /** Rows without a time: with the cursor `time` they are never taken. */
  readonly withoutTime: number
}

/** A row that could not be read. */
export interface QuarantinedRow {
  readonly source: string
  readonly snapshot: string
  readonly file: string
  /** Line of the file where the row starts, from 1; null where the format has no lines. */
  readonly line: number | null
  /** Columns that could not be read; empty when the row as a whole is malformed. */
  readonly columns: readonly string[]
  readonly reason: string
  /** The row as the file has it. */
  readonly text: string
}

/** What a file looks like, for someone who writes a system file for it. */
export interface FileSketch {
  readonly kind: 'csv' | 'parquet' | 'json' | 'ndjson'
  readonly columns: readonly ColumnSurvey[]
  readonly rows: number
  /** Of CSV. */
  readonly delimiter: string | null
  readonly malformed: number
  /** The first rows. */
  readonly sample: readonly Record<string, unknown>[]
}
