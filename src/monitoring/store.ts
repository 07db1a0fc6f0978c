import { canonicalJson, type Database, type EpochMs, type Workspace } from '#platform'
import type { RaisedSignal, Signal, WindowReport } from './schema.ts'

type Tables = {
  monitoring_windows: {
    system: string
    version_id: string
    start_ms: number
    end_ms: number
    report: string
    saved_ms: number
  }
  monitoring_signals: {
    id: string
    system: string
    version_id: string
    start_ms: number
    end_ms: number
    kind: string
    signal: string
    raised_ms: number
  }
}

const open = (database: Database) => database.withTables<Tables>()

/** Which windows are asked for: all of the system where nothing else is said. */
export interface WindowFilter {
  readonly system: string
  readonly versionId?: string | undefined
  /** Windows that end after this moment. */
  readonly fromMs?: EpochMs | undefined
  /** Windows that begin before this moment. */
  readonly toMs?: EpochMs | undefined
}

/**
 * Keeps what is known about a window. The report of the same version and window takes the place of an earlier one: more
 * outcomes may have arrived.
 */
export async function saveWindowReport(workspace: Workspace, report: WindowReport): Promise<void> {
  const text = canonicalJson(report)
  const now = workspace.clock.now()
  await open(workspace.database)
    .insertInto('monitoring_windows')
    .values({ ...keyOf(report), report: text, saved_ms: now })
    .onConflict((conflict) =>
      conflict.columns(['system', 'start_ms', 'end_ms', 'version_id']).doUpdateSet({ report: text, saved_ms: now }),
    )
    .execute()
}

/** Reports in the order of their windows, those of one window in the order of their versions. */
export async function windowReports(workspace: Workspace, filter: WindowFilter): Promise<readonly WindowReport[]> {
  let query = open(workspace.database)
    .selectFrom('monitoring_windows')
    .select('report')
    .where('system', '=', filter.system)
  if (filter.versionId !== undefined) query = query.where('version_id', '=', filter.versionId)
  if (filter.fromMs !== undefined) query = query.where('end_ms', '>', filter.fromMs)
  if (filter.toMs !== undefined) query = query.where('start_ms', '<', filter.toMs)
  const rows = await query.orderBy('start_ms').orderBy('end_ms').orderBy('version_id').execute()
  return rows.map((row) => JSON.parse(row.report) as WindowReport)
}

/**
 * Raises signals: the first of a kind on a version and window stands, a second is ignored.
 * @returns those that are new, with their ids, in the order given
 */
export async function saveSignals(workspace: Workspace, signals: readonly Signal[]): Promise<readonly RaisedSignal[]> {
  if (signals.length === 0) return []
  const raisedAtMs = workspace.clock.now()
  return open(workspace.database)
    .transaction()
    .execute(async (transaction) => {
      const raised: RaisedSignal[] = []
      for (const signal of signals) {
        const id = workspace.ids.next('signal')
        const result = await transaction
          .insertInto('monitoring_signals')
          .values({ id, ...keyOf(signal), kind: signal.kind, signal: canonicalJson(signal), raised_ms: raisedAtMs })
          .onConflict((conflict) =>
            conflict.columns(['system', 'start_ms', 'end_ms', 'version_id', 'kind']).doNothing(),
          )
          .executeTakeFirst()
        if (Number(result.numInsertedOrUpdatedRows) > 0) raised.push({ ...signal, id, raisedAtMs })
      }
      return raised
    })
}

/** Signals in the order of their windows. */
export async function signalsOf(
  workspace: Workspace,
  filter: WindowFilter & { readonly kinds?: readonly Signal['kind'][] | undefined },
): Promise<readonly RaisedSignal[]> {
  let query = open(workspace.database).selectFrom('monitoring_signals').selectAll().where('system', '=', filter.system)
  if (filter.versionId !== undefined) query = query.where('version_id', '=', filter.versionId)
  if (filter.fromMs !== undefined) query = query.where('end_ms', '>', filter.fromMs)
  if (filter.toMs !== undefined) query = query.where('start_ms', '<', filter.toMs)
  if (filter.kinds !== undefined) query = query.where('kind', 'in', filter.kinds)
  const rows = await query.orderBy('start_ms').orderBy('end_ms').orderBy('version_id').orderBy('kind').execute()
  return rows.map((row) => ({ ...(JSON.parse(row.signal) as Signal), id: row.id, raisedAtMs: row.raised_ms }))
}

const keyOf = ({
  system,
  versionId,
  startMs,
  endMs,
}: Pick<WindowReport, 'system' | 'versionId' | 'startMs' | 'endMs'>) => ({
  system,
  version_id: versionId,
  start_ms: startMs,
  end_ms: endMs,
})
