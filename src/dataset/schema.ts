import type { Field, FieldType, Task } from '#model'
import type { Digest, Id, Table } from '#platform'

export type DatasetId = Id<'Dataset'>

/** What a column is for. An input that also names the entity is an input; the time stays time, input or not. */
export type ColumnRole = 'input' | 'target' | 'time' | 'entity' | 'weight' | 'other'

export interface DatasetColumn extends Field {
  readonly role: ColumnRole
  /** DuckDB type in the Parquet file. */
  readonly sqlType: string
  /** Blob with the sorted distinct texts as a JSON array; null for numbers and for text with very many values. */
  readonly dictionary: Digest | null
}

/** The values of one history specification by entity and refresh: what a live request is answered from. */
export interface HistoryTable {
  readonly name: string
  /**
   * Parquet blob ordered by `by`, then `as_of`: the columns of `by`, the refresh `as_of` (timestamp) from which on the
   * values hold, and `columns`. A step function: a value holds until the next row of the same entity.
   */
  readonly digest: Digest
  readonly by: readonly string[]
  readonly columns: readonly string[]
  /** Time between two refreshes. */
  readonly everyMs: number
  /** Whether the values count rows, so that an entity without rows has 0 instead of null. */
  readonly counts: boolean
  /** The last refresh whose windows are whole, since newer outcomes are known; null when none is known. */
  readonly newestMs: number | null
}

/** The columns of a source as the SQL of the dataset saw them. */
export interface SourceColumns {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** A point-in-time-correct table for training and scoring, made once and never changed. */
export interface Dataset {
  readonly id: DatasetId
  /** Name of the system it was built for. */
  readonly system: string
  /** SHA-256 of what was asked: dataset specification, framing and sources. */
  readonly hash: string
  /** The Parquet blob, ordered by time and then as the sources are ordered. */
  readonly digest: Digest
  readonly rows: number
  readonly columns: readonly DatasetColumn[]
  /** What models may see, in order. */
  readonly inputs: readonly Field[]
  readonly task: Task
  readonly target: string
  /** Class names, for a binary task [negative, positive], else sorted; empty for a regression. */
  readonly classes: readonly string[]
  readonly time: string | null
  readonly entity: readonly string[]
  readonly weight: string | null
  /** How long after its moment a row's outcome is known. */
  readonly outcomeAfterMs: number
  /** From the first moment to just after the last one: half-open. */
  readonly timeRange: { readonly fromMs: number; readonly toMs: number } | null
  /** Rows whose target is null. */
  readonly missingTargets: number
  readonly history: readonly HistoryTable[]
  readonly sources: readonly SourceColumns[]
  readonly sql: string
  /** What looks wrong with it, one sentence each. */
  readonly warnings: readonly string[]
  readonly builtAtMs: number
}

/** The truth by row; where it is missing the label is −1, the number NaN. The same shape that trainers read. */
export type Target =
  | {
      readonly kind: 'classes'
      readonly classes: readonly string[]
      /** Place of each row's class in `classes`, shape [rows]. */
      readonly labels: Int32Array
    }
  | { readonly kind: 'numbers'; readonly values: Float64Array }

/** Rows of a dataset, in the order of time. */
export interface Examples {
  /** The inputs, the entity and the columns asked for. */
  readonly table: Table
  readonly target: Target
  /** 1 where the outcome was known at the moment asked for, shape [rows]. */
  readonly known: Uint8Array
  /** Moment of each row (epoch ms), shape [rows]; null where the dataset has no time. */
  readonly times: Float64Array | null
  readonly weights?: Float64Array
  /** Place of each row in the dataset, from 0: what names a row for ever. Shape [rows]. */
  readonly rowNumbers: Float64Array
  readonly outcomeAfterMs: number
}

/** Rows to train on and rows to test on: places in the examples, ascending, none in both. */
export interface Split {
  readonly train: Int32Array
  readonly test: Int32Array
  /** What the test rows are, for people. */
  readonly label: string
}

/** A column that a live request may hold. */
export interface RequestField {
  readonly name: string
  readonly type: FieldType
  /** Whether each row must have it; null is a value. */
  readonly required: boolean
}
