import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { numberColumn, quoteText, storageFailure, stringColumn, syncPath, type Table, type Workspace } from '#platform'
import { currentSystem } from '#system'
import type { DatedRow, Incoming } from './incoming.ts'
import { judgeOutcomes, type JudgedOutcome } from './judge-outcomes.ts'
import { outcomePath } from './outcome-copies.ts'
import type { OutcomeReceipt, OutcomeResult, OutcomeStatus } from './schema.ts'
import { findBatch, insertBatch } from './store.ts'

export interface TakeOutcomesOptions {
  readonly system: string
  readonly incoming: Incoming
  /** The same for the same batch for ever: what was taken of it is not taken again. */
  readonly key: string
  readonly source: string
  readonly actor: string
}

/**
 * Judges what was read and keeps what is new, all of it in one step: in the store of facts, or where there is much in a
 * Parquet file. What names no known prediction is refused row by row, and loses nothing else.
 */
export function takeOutcomes(workspace: Workspace, options: TakeOutcomesOptions): Promise<OutcomeReceipt> {
  return inTurn(workspace, options.system, async () => {
    const { system, incoming, key, source, actor } = options
    const known = await findBatch(workspace.database, system, key)
    const receivedMs = workspace.clock.now()
    // Sent again, a batch is as old as it was the first time: it cannot undo what was corrected since.
    const rows = incoming.rows.map((row) => ({ ...row, observedMs: row.observedMs ?? known?.receivedMs ?? receivedMs }))
    const name = workspace.ids.next('outcomes')
    const judged = rows.length === 0 ? [] : await judgeOutcomes(workspace, { system, rows, name })
    const receipt = receiptOf(incoming, { judged, keptShare: await shareKept(workspace, system) })
    const records = recordsOf(rows, judged)
    if (known && records.length === 0) return receipt
    const inFile = records.length > mostRows
    const file = inFile
      ? await writeRecords(workspace, { file: `${system}/${name}.parquet`, name, records, receivedMs })
      : null
    await insertBatch(
      workspace.database,
      { system, key: known ? `${key}/${name}` : key, source, actor, receivedMs, counts: receipt.counts, file },
      inFile ? [] : records,
    )
    return receipt
  })
}

/** More records than this go to a file of their own. */
const mostRows = 5000

interface OutcomeRecord {
  readonly place: number
  readonly prediction_id: string
  readonly label: string | null
  readonly value: number | null
  readonly observed_ms: number
}

/** What is kept: every judged outcome that is not a duplicate, in the order of what was sent. */
function recordsOf(rows: readonly DatedRow[], judged: readonly JudgedOutcome[]): readonly OutcomeRecord[] {
  const byRow = new Map(rows.map((row) => [row.row, row]))
  return judged
    .filter(({ status }) => status !== 'duplicate')
    .map(({ place, predictionId }, order) => {
      const { label, value, observedMs } = byRow.get(place) as DatedRow
      return { place: order, prediction_id: predictionId, label, value, observed_ms: observedMs }
    })
}

/** Of a row about several predictions, the most that it did to one of them. */
const mostFirst: readonly OutcomeStatus[] = ['accepted', 'corrected', 'outdated', 'duplicate']

/** Share of the predictions that the system file has the log keep. */
async function shareKept(workspace: Workspace, system: string): Promise<number> {
  return (await currentSystem(workspace, system)).spec.serving?.log.sample ?? 1
}

function receiptOf(
  { rows, refused }: Incoming,
  { judged, keptShare }: { readonly judged: readonly JudgedOutcome[]; readonly keptShare: number },
): OutcomeReceipt {
  const best = new Map<number, OutcomeStatus>()
  for (const { place, status } of judged) {
    const held = best.get(place)
    if (held === undefined || mostFirst.indexOf(status) < mostFirst.indexOf(held)) best.set(place, status)
  }
  const results = rows.map((row): OutcomeResult => {
    const status = best.get(row.row)
    if (status !== undefined) return { row: row.row, status, reason: null }
    const what =
      row.predictionId === null
        ? `no prediction was made for the entity ${row.entityKey}${row.timeMs === null ? '' : ' by that time'}`
        : `no prediction has the id '${row.predictionId}'`
    const lost = keptShare < 1 ? `, or it is not in the sample of ${keptShare} that serving.log keeps` : ''
    return { row: row.row, status: 'refused', reason: `Cannot take the outcome: ${what}${lost}` }
  })
  const all = [...results, ...refused].sort((a, b) => a.row - b.row)
  return { counts: countsOf(all), results: all }
}

function countsOf(results: readonly OutcomeResult[]): OutcomeReceipt['counts'] {
  const counts = { accepted: 0, duplicate: 0, corrected: 0, outdated: 0, refused: 0 }
  for (const { status } of results) counts[status]++
  return counts
}

async function writeRecords(
  workspace: Workspace,
  options: {
    readonly file: string
    readonly name: string
    readonly records: readonly OutcomeRecord[]
    readonly receivedMs: number
  },
): Promise<string> {
  const { file, name, records, receivedMs } = options
  const path = outcomePath(workspace, file)
  const making = workspace.blobs.scratchPath('parquet')
  try {
    await mkdir(dirname(path), { recursive: true })
    await workspace.lake.session(async (lake) => {
      await lake.putTable(name, recordsTable(records))
      try {
        await lake.run(
          `copy (select ${quoteText(file)} as file, prediction_id, label, value, observed_ms, ${receivedMs}::double as received_ms,
             place::bigint as place from ${name} order by place) to ${quoteText(making)} (format parquet, compression snappy)`,
        )
      } finally {
        await lake.run(`drop table ${name}`)
      }
    })
    await syncPath(making)
    await rename(making, path)
    await syncPath(dirname(path))
    return file
  } catch (error) {
    await rm(making, { force: true })
    throw storageFailure('keep the outcomes', error)
  }
}

function recordsTable(records: readonly OutcomeRecord[]): Table {
  return {
    rowCount: records.length,
    columns: {
      place: numberColumn(records.map(({ place }) => place)),
      prediction_id: stringColumn(records.map((record) => record.prediction_id)),
      label: stringColumn(records.map(({ label }) => label)),
      value: numberColumn(records.map(({ value }) => value)),
      observed_ms: numberColumn(records.map((record) => record.observed_ms)),
    },
  }
}

/** Batches of a system are judged one after the other, so that the same outcome sent twice at once is taken once. */
function inTurn<T>(workspace: Workspace, system: string, work: () => Promise<T>): Promise<T> {
  const turns = turnsOf.get(workspace.database) ?? new Map<string, Promise<unknown>>()
  turnsOf.set(workspace.database, turns)
  const turn = (turns.get(system) ?? Promise.resolve()).then(work, work)
  turns.set(
    system,
    turn.catch(() => undefined),
  )
  return turn
}

const turnsOf = new WeakMap<object, Map<string, Promise<unknown>>>()
