import type { Blobs, Lake } from '#platform'
import type { SourceSpec } from '#system'
import type { NewFile } from '../new-files.ts'
import type { FileColumn, Shape } from '../schema-changes.ts'

/** What a reader is given. */
export interface ReadContext {
  /** A session of its own: temporary tables are seen by nobody else. */
  readonly lake: Lake
  readonly blobs: Blobs
  readonly spec: SourceSpec
  /** What is known of the columns from files before this one. */
  readonly known: Shape
  /** Collects the copies that are made to be read in a file's place; they go when the pull ends. */
  readonly scratch: string[]
}

/** A file, understood: what will be selected from it. */
export interface Part {
  readonly file: NewFile
  readonly columns: readonly FileColumn[]
  /** SQL that gives its rows in order. */
  readonly sql: string
  /** Malformed rows, which `sql` leaves out. */
  readonly rejects: readonly Reject[]
  /** The file that DuckDB reads: the file itself or a copy of it. */
  readonly readPath: string
  readonly delimiter: string | null
  /** Turns what DuckDB says while `sql` runs into a catalogued failure; leaves other errors as they are. */
  explain(error: unknown): unknown
}

/** A malformed row. */
export interface Reject {
  readonly path: string
  readonly line: number | null
  readonly columns: readonly string[]
  readonly reason: string
  readonly text: string
}

/** Understands one file of a kind. */
export type Reader = (file: NewFile, context: ReadContext) => Promise<Part>
