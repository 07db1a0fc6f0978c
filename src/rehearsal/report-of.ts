import {
  compareArms,
  judgeObjective,
  type RehearsalReport,
  type TimelineEvent,
  type VariantLine,
  type VersionLine,
  type WindowLine,
} from '#analysis'
import { releasesOf } from '#deployment'
import { decisions, type Decision } from '#governance'
import type { WindowReport } from '#monitoring'
import type { Workspace } from '#platform'
import { versionsOf } from '#registry'
import type { SystemVersion } from '#system'
import type { WindowPlan } from './plan-windows.ts'
import type { ArmName, Replay } from './replay.ts'

export interface ReportOptions {
  readonly system: SystemVersion
  readonly plan: WindowPlan
  readonly replay: Replay
  readonly variants: readonly VariantLine[]
  readonly findings: readonly string[]
}

/** The report of a replay, from what the parts recorded. */
export async function reportOf(workspace: Workspace, options: ReportOptions): Promise<RehearsalReport> {
  const { system, plan, replay, variants, findings } = options
  const { spec } = system
  const { framing, objective } = spec
  const arms = compareArms(
    (['nothing', 'rule', 'frozen', 'loop'] as const).flatMap((name) =>
      replay.arms.has(name) ? [{ name, about: about[name], windows: replay.arms.get(name) ?? [] }] : [],
    ),
    { originMs: plan.startMs, per: framing.per },
  )
  const versions = await versionLines(workspace, options)
  const nameOf = (id: string): string => `version ${versions.find((version) => version.id === id)?.number ?? id}`
  return {
    system: spec.name,
    specHash: system.hash,
    seed: spec.seed,
    startMs: plan.startMs,
    endMs: plan.endMs,
    rows: replay.rows,
    currency: framing.cost?.currency ?? '',
    per: framing.per,
    unit: unitOf(objective.unit),
    objective: judgeObjective(objective, arms),
    arms,
    windows: replay.reports.map(windowLine),
    versions,
    timeline: (await decisions(workspace, { system: spec.name }))
      .filter((entry) => shown.has(entry.kind))
      .map((entry) => eventOf(entry, nameOf)),
    variants,
    findings,
  }
}

const about: Record<ArmName, string> = {
  nothing: 'no model, nobody acts',
  rule: 'the rule of the system file',
  frozen: 'the first model, never retrained',
  loop: 'monitored, retrained and released by policy',
}

const shown: ReadonlySet<string> = new Set(['choice', 'gate', 'release', 'retrain', 'signal'])

/** What rows are called: the last word of the objective's unit, such as flights in 'USD per 1000 flights'. */
const unitOf = (unit: string): string => /per [\d,. ]*([a-z]+)$/i.exec(unit)?.[1] ?? 'rows'

const eventOf = (decision: Decision, nameOf: (versionId: string) => string): TimelineEvent => ({
  atMs: decision.atMs,
  kind: decision.kind as TimelineEvent['kind'],
  subject: decision.subject,
  ruling: decision.kind === 'release' ? `${nameOf(decision.subject)} ${decision.ruling}` : decision.ruling,
  evidence: decision.evidence,
})

function windowLine(report: WindowReport): WindowLine {
  const drifted = report.drift.filter((column) => column.drifted)
  return {
    startMs: report.startMs,
    rows: report.rows,
    knownShare: report.knownShare,
    costPer: report.realised?.costPer?.value ?? null,
    metrics: Object.fromEntries(
      Object.entries(report.realised?.metrics ?? {}).map(([name, { value }]) => [name, value]),
    ),
    driftedShare: report.drift.length === 0 ? 0 : drifted.length / report.drift.length,
    drifted: drifted
      .map(({ column, statistic }) => ({ column, statistic: statistic ?? 0 }))
      .sort((a, b) => b.statistic - a.statistic),
    predictionDrift: report.predictionDrift?.statistic ?? null,
  }
}

async function versionLines(workspace: Workspace, { system, replay }: ReportOptions): Promise<readonly VersionLine[]> {
  const releases = await releasesOf(workspace, system.system)
  return [...(await versionsOf(workspace, system.system))].reverse().map((version) => {
    const training = replay.trainings.find((one) => one.versionId === version.id)
    const fitted = training?.fitted.find((candidate) => candidate.name === training.chosen)
    return {
      id: version.id,
      number: version.number,
      candidate: version.candidate,
      trainedAtMs: training?.atMs ?? version.registeredAtMs,
      rows: fitted?.trainedRows ?? 0,
      metrics: Object.fromEntries(Object.entries(version.evaluation.metrics).filter(([name]) => headline.has(name))),
      threshold: version.threshold,
      outcome: releases.find((release) => release.versionId === version.id)?.state ?? 'not released',
    }
  })
}

const headline: ReadonlySet<string> = new Set(['auc', 'log-loss', 'expected-cost', 'accuracy', 'mae', 'rmse'])
