import { applyReleaseStep, releasesOf, stepRelease, type Arm } from '#deployment'
import { recordDecision } from '#governance'
import { canonicalJson, durationMs, type EpochMs, type Json, type Table, type Workspace } from '#platform'
import { mergeProfiles, profilesOf, profileTable, saveProfiles, type ColumnProfile } from '#quality'
import type { SystemSpec, SystemVersion } from '#system'
import {
  realisedPerformance,
  saveSignals,
  saveWindowReport,
  summariseWindow,
  windowReports,
  type RealisedPerformance,
  type WindowReport,
} from '#monitoring'
import type { Evaluation } from '#evaluation'
import { addSums, armEvidence, armSums, takeScores, takeTruth, type ArmRows } from './arm-rows.ts'
import { nameVersions } from './name-versions.ts'
import { profilePredictions } from './prediction-profile.ts'
import { inputScope, type Reference } from './reference.ts'
import { putArmWindow, readArmWindows } from './store.ts'

/** A span of predictions whose outcomes have had their time to come. */
export interface WindowSpan {
  readonly startMs: EpochMs
  readonly endMs: EpochMs
}

/** Everything that is known of a window. */
export interface WindowEvidence extends WindowSpan {
  /** The inputs of all predictions. */
  readonly inputs: Table
  readonly champion: ArmRows
  readonly challenger: ArmRows | null
  /** What the champion's windows are compared with. */
  readonly reference: Reference
  /** What was promised of the champion. */
  readonly evaluation: Evaluation | null
}

/**
 * Judges one window: drift, realised performance, signals, and what they mean for the release under way. Safe to do
 * again: every record is keyed by the window.
 */
export async function concludeWindow(
  workspace: Workspace,
  system: SystemVersion,
  evidence: WindowEvidence,
): Promise<WindowReport> {
  const report = await reportOf(workspace, system, evidence)
  for (const [arm, rows] of [
    ['champion', evidence.champion],
    ['challenger', evidence.challenger],
  ] as const) {
    if (rows) await keepArm(workspace, system, { arm, rows, startMs: evidence.startMs })
  }
  await judgeRelease(workspace, system)
  return report
}

async function reportOf(workspace: Workspace, system: SystemVersion, evidence: WindowEvidence): Promise<WindowReport> {
  const { startMs, endMs, champion, reference, inputs } = evidence
  const { framing, monitor } = system.spec
  const report = summariseWindow({
    system: system.system,
    versionId: champion.versionId,
    startMs,
    endMs,
    rows: inputs.rowCount,
    known: champion.knownPlaces.length + (evidence.challenger?.knownPlaces.length ?? 0),
    reference: reference.inputs,
    current: await trailingProfiles(workspace, system, evidence),
    prediction: {
      reference: reference.prediction,
      current: profilePredictions(champion.scores, {
        task: framing.task,
        binning: reference.predictionBinning,
        startMs,
        endMs,
      }),
    },
    realised: realisedOf(champion, system.spec),
    evaluation: evidence.evaluation,
    monitor,
    history: await windowReports(workspace, { system: system.system, versionId: champion.versionId, toMs: startMs }),
  })
  await saveWindowReport(workspace, report)
  await saveSignals(workspace, report.signals)
  for (const signal of report.signals)
    await recordDecision(workspace, {
      system: system.system,
      kind: 'signal',
      subject: `window ${startMs}`,
      ruling: signal.statement,
      policy: 'monitor of the system file',
      actor: 'loop',
      evidence: signal as unknown as Json,
      key: `signal/${system.system}/${champion.versionId}/${startMs}/${signal.kind}`,
    })
  return report
}

/** The inputs over the span that drift is judged by: the window itself and those before it, added up. */
async function trailingProfiles(
  workspace: Workspace,
  { system, spec }: SystemVersion,
  { inputs, reference, startMs, endMs }: WindowEvidence,
): Promise<readonly ColumnProfile[]> {
  const fields = reference.inputs.map(({ column, type }) => ({ name: column, type }))
  const profiles = profileTable(inputs, { fields, binnings: reference.binnings, startMs, endMs })
  await saveProfiles(workspace, { system, scope: inputScope, profiles })
  const fromMs = Math.min(startMs, endMs - durationMs(spec.monitor.drift.over))
  const stored = await profilesOf(workspace, { system, scope: inputScope, fromMs, toMs: endMs })
  return profiles.map((profile) => {
    const binning = canonicalJson(profile.binning)
    return mergeProfiles(
      stored.filter((one) => one.column === profile.column && canonicalJson(one.binning) === binning),
    )
  })
}

function realisedOf(arm: ArmRows, { framing }: SystemSpec): RealisedPerformance | null {
  if (arm.knownPlaces.length === 0) return null
  return realisedPerformance({
    task: framing.task,
    scores: takeScores(arm.scores, arm.knownPlaces),
    decisions: takeTruth(arm.decisions, arm.knownPlaces),
    truth: takeTruth(arm.truth, arm.knownPlaces),
    cost: framing.cost,
    per: framing.per,
  })
}

async function keepArm(
  workspace: Workspace,
  system: SystemVersion,
  { arm, rows, startMs }: { arm: Arm; rows: ArmRows; startMs: EpochMs },
): Promise<void> {
  const sums = armSums(rows, system.spec.framing.cost)
  await putArmWindow(workspace.database, { system: system.system, startMs, arm, versionId: rows.versionId, sums })
}

/** Holds the release under way against everything that both arms did since it began. */
async function judgeRelease(workspace: Workspace, { system }: SystemVersion): Promise<void> {
  const release = (await releasesOf(workspace, system)).find((one) => one.state === 'running')
  if (!release) return
  const evidenceOf = async (arm: Arm) =>
    armEvidence(addSums(await readArmWindows(workspace.database, { system, arm, fromMs: release.startedMs })))
  const verdict = stepRelease(
    release,
    { challenger: await evidenceOf('challenger'), champion: await evidenceOf('champion') },
    workspace.clock.now(),
  )
  await applyReleaseStep(workspace, { release, verdict, actor: 'loop' })
  await nameVersions(workspace, system)
}
