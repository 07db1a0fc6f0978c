import { buildDataset, type Dataset } from '#dataset'
import { pull } from '#ingress'
import type { EpochMs, Workspace } from '#platform'
import type { SystemVersion } from '#system'
import { checkSource } from './check-source.ts'
import type { Step } from './schema.ts'

/** What the loop learns from: one point-in-time dataset over every snapshot, and what the checks said on the way. */
export interface PreparedData {
  readonly dataset: Dataset
  /** Checks that failed and columns that changed, one line each. */
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
