import type { Snapshot } from '#ingress'
import type { Workspace } from '#platform'
import type { CheckResult, QuarantineRecord } from './schema.ts'

/** An inspection as it is stored. */
export interface InspectionRecord {
  readonly snapshot: string
  readonly checksHash: string
  readonly system: string
  readonly source: string
  readonly snapshotNumber: number
  readonly results: readonly CheckResult[]
  readonly kept: Snapshot
  readonly quarantined: number
  readonly stopped: boolean
  readonly atMs: number
}

type Tables = {
  quality_inspections: {
    snapshot: string
    checks_hash: string
    system: string
    source: string
    snapshot_number: number
    results: string
    kept: string
    quarantined: number
    stopped: number
    at_ms: number
  }
  quality_quarantines: {
    id: string
    system: string
    source: string
    snapshot: string
    rows: number
    reasons: string
    digest: string
    at_ms: number
  }
}

const tables = (workspace: Workspace) => workspace.database.withTables<Tables>()

/** Records an inspection and the rows that it quarantined: both or neither. The first one of a snapshot stays. */
export async function saveInspection(
  workspace: Workspace,
  record: InspectionRecord,
  quarantine: QuarantineRecord | null,
): Promise<void> {
  await tables(workspace)
    .transaction()
    .execute(async (transaction) => {
      const saved = await transaction
        .insertInto('quality_inspections')
        .values({
          snapshot: record.snapshot,
          checks_hash: record.checksHash,
          system: record.system,
          source: record.source,
          snapshot_number: record.snapshotNumber,
          results: JSON.stringify(record.results),
          kept: JSON.stringify(record.kept),
          quarantined: record.quarantined,
          stopped: Number(record.stopped),
          at_ms: record.atMs,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('snapshot')
        .executeTakeFirst()
      if (!saved || !quarantine) return
      const { atMs, reasons, ...rest } = quarantine
      await transaction
        .insertInto('quality_quarantines')
        .values({ ...rest, reasons: JSON.stringify(reasons), at_ms: atMs })
        .execute()
    })
}

export async function loadInspection(
  workspace: Workspace,
  key: Pick<InspectionRecord, 'snapshot' | 'checksHash'>,
): Promise<InspectionRecord | undefined> {
  const row = await tables(workspace)
    .selectFrom('quality_inspections')
    .selectAll()
    .where('snapshot', '=', key.snapshot)
    .where('checks_hash', '=', key.checksHash)
    .executeTakeFirst()
  return row && inspectionOf(row)
}

/** The inspections of a system's snapshots, in the order of the snapshots of each source. */
export async function inspectionsOf(
  workspace: Workspace,
  { system, source }: { readonly system: string; readonly source?: string },
): Promise<readonly InspectionRecord[]> {
  let query = tables(workspace).selectFrom('quality_inspections').selectAll().where('system', '=', system)
  if (source !== undefined) query = query.where('source', '=', source)
  const rows = await query
    .orderBy('source')
    .orderBy('snapshot_number')
    .orderBy('at_ms')
    .orderBy('checks_hash')
    .execute()
  return rows.map(inspectionOf)
}

function inspectionOf(row: Tables['quality_inspections']): InspectionRecord {
  return {
    snapshot: row.snapshot,
    checksHash: row.checks_hash,
    system: row.system,
    source: row.source,
    snapshotNumber: row.snapshot_number,
    results: JSON.parse(row.results) as CheckResult[],
    kept: JSON.parse(row.kept) as Snapshot,
    quarantined: row.quarantined,
    stopped: row.stopped === 1,
    atMs: row.at_ms,
  }
}

export async function loadQuarantines(
  workspace: Workspace,
  { system, source, id }: { readonly system?: string; readonly source?: string; readonly id?: string },
): Promise<readonly QuarantineRecord[]> {
  let query = tables(workspace).selectFrom('quality_quarantines').selectAll()
  if (system !== undefined) query = query.where('system', '=', system)
  if (source !== undefined) query = query.where('source', '=', source)
  if (id !== undefined) query = query.where('id', '=', id)
  const rows = await query.orderBy('at_ms').orderBy('id').execute()
  return rows.map(({ at_ms: atMs, reasons, ...rest }) => ({
    ...rest,
    reasons: JSON.parse(reasons) as Record<string, number>,
    atMs,
  }))
}
