import { snapshotRelation, type Snapshot } from '#ingress'
import { contentHash, quoteName, type Workspace } from '#platform'
import type { CheckSpec, SystemVersion } from '#system'
import { checkName } from './check-name.ts'
import { fail } from './failures.ts'
import { runChecks } from './run-checks.ts'
import type { CheckResult, Inspection, QuarantineRecord } from './schema.ts'
import { splitRows } from './split-rows.ts'
import { loadInspection, saveInspection, type InspectionRecord } from './store.ts'

/**
 * Asks the checks of a system of one snapshot, and takes out the rows that break one of the severity `quarantine`.
 * `mostly` judges the check as a whole: a row that breaks it is taken out even where it passes.
 *
 * An inspection is recorded once for a snapshot and its checks, with the answers of that moment: asked again, it answers
 * from the record, freshness included.
 *
 * @throws {Failure} `quality/badCheck`
 */
export async function inspectSnapshot(
  workspace: Workspace,
  {
    system,
    snapshot,
    nowMs = workspace.clock.now(),
  }: { readonly system: SystemVersion; readonly snapshot: Snapshot; readonly nowMs?: number },
): Promise<Inspection> {
  const checks = checksOf(system, snapshot.source)
  const time = system.spec.sources[snapshot.source]?.time
  const checksHash = contentHash({ checks, time: time ?? null })
  const key = { snapshot: snapshot.id, checksHash }
  const before = await loadInspection(workspace, key)
  if (before) return inspectionOf(workspace, before)
  await workspace.blobs.bringHere([snapshot.digest])
  const relation = snapshotRelation(workspace, [snapshot])
  const results = await runChecks(workspace, { relation, checks, nowMs, time })
  const breaking = results.filter(
    (result) => result.severity === 'quarantine' && result.failed > 0 && takesRows(result.check),
  )
  const split = await quarantineBroken(workspace, {
    snapshot,
    relation,
    checks: breaking.map((result) => result.check),
  })
  const record: InspectionRecord = {
    ...key,
    system: system.system,
    source: snapshot.source,
    snapshotNumber: snapshot.number,
    results,
    kept: split?.kept ?? snapshot,
    quarantined: split?.record.rows ?? 0,
    stopped: isStopped(results),
    atMs: nowMs,
  }
  await saveInspection(workspace, record, split && { ...split.record, system: system.system, atMs: nowMs })
  return inspectionOf(workspace, (await loadInspection(workspace, key)) ?? record)
}

const takesRows = (check: CheckSpec): boolean => check.kind !== 'fresh' && check.kind !== 'row-count'

const isStopped = (results: readonly CheckResult[]): boolean =>
  results.some((result) => result.severity === 'stop' && !result.passed)

function inspectionOf(workspace: Workspace, { results, kept, quarantined, stopped }: InspectionRecord): Inspection {
  return { results, kept, quarantined, stopped, relation: snapshotRelation(workspace, [kept]) }
}

/** The checks that a source must pass. */
function checksOf({ spec }: SystemVersion, source: string): readonly CheckSpec[] {
  const isOnly = Object.keys(spec.sources).length === 1
  return spec.checks.filter((check) => {
    if (check.source !== undefined) return check.source === source
    if (isOnly) return true
    throw fail('badCheck', `Cannot check '${checkName(check)}': it names no source, and the system has several`, {
      remedy: `Add source: '${source}' to the check`,
    })
  })
}

async function quarantineBroken(
  workspace: Workspace,
  {
    snapshot,
    relation,
    checks,
  }: { readonly snapshot: Snapshot; readonly relation: string; readonly checks: readonly CheckSpec[] },
): Promise<{ readonly kept: Snapshot; readonly record: Omit<QuarantineRecord, 'system' | 'atMs'> } | null> {
  if (checks.length === 0) return null
  const { kept, quarantined } = await splitRows(workspace, { relation, checks })
  const columns = await countNulls(workspace, { ...snapshot, digest: kept.digest, rows: kept.rows })
  return {
    kept: { ...snapshot, digest: kept.digest, rows: kept.rows, columns },
    record: { id: workspace.ids.next('quar'), source: snapshot.source, snapshot: snapshot.id, ...quarantined },
  }
}

async function countNulls(workspace: Workspace, snapshot: Snapshot): Promise<Snapshot['columns']> {
  const counts = snapshot.columns.map(({ name }, place) => `count(${quoteName(name)}) as ${quoteName(`c${place}`)}`)
  const [row] = await workspace.lake.rows<Record<string, number>>(
    `select ${counts.join(', ')} from ${snapshotRelation(workspace, [snapshot])}`,
  )
  return snapshot.columns.map((column, place) => ({ ...column, nulls: snapshot.rows - (row?.[`c${place}`] ?? 0) }))
}
