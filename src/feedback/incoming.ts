import { numberColumn, stringColumn, type Table } from '#platform'
import type { OutcomeResult } from './schema.ts'

/** One outcome that can be read, on its way to be judged. */
export interface IncomingRow {
  /** Place in what was sent. */
  readonly row: number
  readonly predictionId: string | null
  readonly entityKey: string | null
  readonly timeMs: number | null
  readonly label: string | null
  readonly value: number | null
  /** When the truth became known; null where nobody said. */
  readonly observedMs: number | null
}

/** A row with the moment at which its truth counts as known. */
export interface DatedRow extends IncomingRow {
  readonly observedMs: number
}

/** What was sent, read: the rows to judge, and those that are refused already. */
export interface Incoming {
  readonly rows: readonly IncomingRow[]
  readonly refused: readonly OutcomeResult[]
}

/** The rows by column. */
export function incomingTable(rows: readonly DatedRow[]): Table {
  return {
    rowCount: rows.length,
    columns: {
      place: numberColumn(rows.map(({ row }) => row)),
      prediction_id: stringColumn(rows.map(({ predictionId }) => predictionId)),
      entity_key: stringColumn(rows.map(({ entityKey }) => entityKey)),
      time_ms: numberColumn(rows.map(({ timeMs }) => timeMs)),
      label: stringColumn(rows.map(({ label }) => label)),
      value: numberColumn(rows.map(({ value }) => value)),
      observed_ms: numberColumn(rows.map(({ observedMs }) => observedMs)),
    },
  }
}
