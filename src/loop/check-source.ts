import { recordDecision } from '#governance'
import { snapshotRelation, snapshotsOf, type SchemaChange, type Snapshot } from '#ingress'
import type { Json, Workspace } from '#platform'
import { inspectSnapshot, type CheckResult } from '#quality'
import type { SystemVersion } from '#system'
import { fail } from './failures.ts'

/** What the checks left of a source, and what they said. */
export interface CheckedSource {
  /** SQL of the rows that may be learned from, to stand in FROM. */
  readonly relation: string
  /** Checks that failed and columns that changed, one line each. */
  readonly findings: readonly string[]
}

/**
 * Asks the checks of every snapshot of a source; each is asked once and remembered. A snapshot that a check stopped is
 * left out once all its files were replaced: then it is mended.
 * @throws {Failure} `loop/stoppedByCheck`, `loop/nothingPulled`
 */
export async function checkSource(
  workspace: Workspace,
  { system, source }: { readonly system: SystemVersion; readonly source: string },
): Promise<CheckedSource> {
  const snapshots = await snapshotsOf(workspace, { system: system.system, source })
  if (snapshots.length === 0)
    throw fail('nothingPulled', `Cannot go on with '${system.system}': '${source}' has given no row yet`)
  const findings: string[] = []
  const kept: Snapshot[] = []
  for (const snapshot of snapshots) {
    const inspection = await inspectSnapshot(workspace, { system, snapshot })
    const failed = inspection.results.filter((result) => !result.passed)
    const changes = snapshot.changes.flatMap((change) => wordsOf(change) ?? [])
    await recordFindings(workspace, system, { snapshot, failed, changes, stopped: inspection.stopped })
    if (inspection.stopped && isMended(snapshot, snapshots)) continue
    findings.push(...failed.map(lineOf), ...changes)
    kept.push(inspection.kept)
    if (inspection.stopped)
      throw fail(
        'stoppedByCheck',
        `Cannot go on with '${system.system}': ${failed.map((result) => result.name).join(', ')} failed on ${source}`,
        { details: { source, snapshot: snapshot.id, checks: failed } },
      )
  }
  await workspace.blobs.bringHere(kept.map(({ digest }) => digest))
  return { relation: snapshotRelation(workspace, kept), findings }
}

/** Whether every file of a snapshot was taken again later, with other content. */
function isMended({ number, files }: Snapshot, snapshots: readonly Snapshot[]): boolean {
  const replaced = new Set(
    snapshots
      .filter((later) => later.number > number)
      .flatMap((later) => later.changes.flatMap(({ kind, file }) => (kind === 'replaced' ? [file] : []))),
  )
  return files.every(({ path }) => replaced.has(path))
}

async function recordFindings(
  workspace: Workspace,
  { system, hash, spec }: SystemVersion,
  found: {
    readonly snapshot: Snapshot
    readonly failed: readonly CheckResult[]
    readonly changes: readonly string[]
    readonly stopped: boolean
  },
): Promise<void> {
  const { snapshot, failed, changes, stopped } = found
  const subject = `${snapshot.source} ${snapshot.id}`
  const by = { system, kind: 'quality', policy: 'checks of the system file', actor: 'loop' } as const
  if (failed.length > 0)
    await recordDecision(workspace, {
      ...by,
      subject,
      ruling: stopped ? 'the loop stops' : `${failed.length} of ${spec.checks.length} checks failed`,
      evidence: failed as unknown as Json,
      key: `quality/${hash}/${snapshot.id}`,
    })
  if (changes.length > 0)
    await recordDecision(workspace, {
      ...by,
      subject: `columns of ${subject}`,
      ruling: changes.join('; '),
      policy: 'columns as they were before',
      evidence: snapshot.changes as unknown as Json,
      key: `columns/${system}/${snapshot.id}`,
    })
}

const lineOf = ({ name, problem, failed, rows, severity }: CheckResult): string =>
  `${name}: ${problem ?? `${failed} of ${rows} rows`} (${severity})`

/** A change as people read it; nothing for one that changes no meaning. */
function wordsOf({ kind, column, file, from, to }: SchemaChange): string | undefined {
  switch (kind) {
    case 'appeared':
      return `${column} appeared in ${file}`
    case 'vanished':
      return `${column} vanished from ${file}`
    case 'type-changed':
      return `${column} changed from ${from} to ${to} in ${file}`
    case 'all-null':
      return `${column} lost every value in ${file}`
    case 'filled':
      return `${column} has its first values in ${file}`
    default:
      return undefined
  }
}
