import type { FieldType } from '#model'
import type { SystemSpec } from '#system'
import type { HistoryPlan } from '../history/plan-history.ts'
import type { ColumnRole } from '../schema.ts'

/** A column as the SQL gives it. */
export interface QueryColumn {
  readonly name: string
  readonly sqlType: string
}

/** A column of the SQL with its use and the form in which it is stored. */
export interface LaidColumn extends QueryColumn {
  readonly type: FieldType
  /** Whether the system file says the type, so that its values are not asked. */
  readonly typeGiven: boolean
  readonly role: ColumnRole
  /** SQL that gives the stored form. */
  readonly stored: string
}

/** How the columns of a dataset are used. */
export interface Layout {
  readonly columns: readonly LaidColumn[]
  readonly histories: readonly HistoryPlan[]
  /** Names of the inputs, history columns included, in order. */
  readonly inputs: readonly string[]
  readonly time: string | null
  readonly target: string
  readonly weight: string | null
  readonly warnings: readonly string[]
}

export interface LayoutOptions {
  readonly spec: SystemSpec
  /** How messages start. */
  readonly attempt: string
}
