import { buildDataset, type Dataset } from '#dataset'
import { recordDecision } from '#governance'
import { pull, snapshotRelation, snapshotsOf, type Snapshot } from '#ingress'
import type { EpochMs, Json, Workspace } from '#platform'
import { inspectSnapshot } from '#quality'
import type { SystemVersion } from '#system'
import { fail } from './failures.ts'
import type { Step } from './schema.ts'

/** What the loop learns from: one point-in-time dataset over every snapshot, and what the checks said on the way. */
export interface PreparedData {
  readonly dataset: Dataset
  /** Checks that failed, worst first, one line each. */
  readonly findings: readonly string[]
  readonly pulledRows: number
}

export interface PrepareOptions {
  readonly system: SystemVersion
  readonly step: Step
  /** Rows later than this moment are left for another time; the workspace's own time where absent. */
  readonly untilMs?: EpochMs
  readonly tell?: (text: string) => void
}

/**
 * Pulls what is new, checks it, and builds the dataset.
 * @throws {Failure} `loop/stoppedByCheck` when a check of severity `stop` failed; what was pulled stays.
 *   `loop/nothingPulled` for a source that has not given a row yet
 */
export async function prepareData(workspace: Workspace, options: PrepareOptions): Promise<PreparedData> {
  const { system, step } = options
  const relations: Record<string, string> = {}
  const findings: string[] = []
  let pulledRows = 0
  for (const source of Object.keys(system.spec.sources)) {
    options.tell?.(`pull ${source}`)
    pulledRows += await step(
      `pull ${source}`,
      async () =>
        (await pull(workspace, { system, source, nowMs: options.untilMs ?? workspace.clock.now() })).snapshot?.rows ??
        0,
    )
    options.tell?.(`check ${source}`)
    const kept = await step(`check ${source}`, () => checkSource(workspace, { system, source }))
    findings.push(...kept.findings)
    relations[source] = kept.relation
  }
  options.tell?.('build the dataset')
  const dataset = await step('build the dataset', () => buildDataset(workspace, { system, sources: relations }))
  return { dataset, findings, pulledRows }
}

async function checkSource(
  workspace: Workspace,
  { system, source }: { system: SystemVersion; source: string },
): Promise<{ readonly relation: string; readonly findings: readonly string[] }> {
  const snapshots = await snapshotsOf(workspace, { system: system.system, source })
  if (snapshots.length === 0)
    throw fail('nothingPulled', `Cannot go on with '${system.system}': '${source}' has given no row yet`)
  const findings: string[] = []
  const kept: Snapshot[] = []
  for (const snapshot of snapshots) {
    const inspection = await inspectSnapshot(workspace, { system, snapshot })
    kept.push(inspection.kept)
    const failed = inspection.results.filter((result) => !result.passed)
    findings.push(
      ...failed.map(
        ({ name, problem, failed: broken, rows, severity }) =>
          `${name}: ${problem ?? `${broken} of ${rows} rows`} (${severity})`,
      ),
    )
    if (failed.length > 0)
      await recordDecision(workspace, {
        system: system.system,
        kind: 'quality',
        subject: `${source} ${snapshot.id}`,
        ruling: inspection.stopped
          ? 'the loop stops'
          : `${failed.length} of ${inspection.results.length} checks failed`,
        policy: 'checks of the system file',
        actor: 'loop',
        evidence: failed as unknown as Json,
        key: `quality/${system.hash}/${snapshot.id}`,
      })
    if (inspection.stopped)
      throw fail(
        'stoppedByCheck',
        `Cannot go on with '${system.system}': ${failed.map((result) => result.name).join(', ')} failed on ${source}`,
        {
          details: { source, snapshot: snapshot.id, checks: failed },
        },
      )
  }
  return { relation: snapshotRelation(workspace, kept), findings }
}
