import { relativeChange } from './compare-arms.ts'
import { condensed } from './condensed.ts'
import { dayOf, grouped, percentChange, textTable } from './format.ts'
import type { RehearsalReport } from './schema.ts'

/** The report of a rehearsal for a terminal. */
export function rehearsalText(report: RehearsalReport): string {
  const loop = report.arms.find((arm) => arm.name === 'loop')
  return [
    `Rehearsal of ${report.system}, ${dayOf(report.startMs)} to ${dayOf(report.endMs)}, ${grouped(report.rows)} ${report.unit}, seed ${report.seed}`,
    '',
    `Realised cost, ${report.currency} per ${grouped(report.per)} ${report.unit}, by week`,
    weekTable(report),
    '',
    ...report.arms
      .filter((arm) => arm.name !== 'loop')
      .map((arm) => `loop against ${arm.name.padEnd(8)} ${percentChange(relativeChange(arm, loop))}   (${arm.about})`),
    '',
    ...(report.findings.length > 0 ? ['Data', ...report.findings.map((finding) => `  ⚠ ${finding}`), ''] : []),
    'Decisions',
    ...condensed(report.timeline).map(
      (event) => `  ${dayOf(event.atMs)}  ${event.kind.padEnd(8)} ${shortened(event.ruling)}`,
    ),
    ...variants(report),
    '',
    objectiveLine(report),
  ].join('\n')
}

/** A terminal has room for this much; the page and the JSON hold all of it. */
const lineWidth = 150

const shortened = (text: string): string => (text.length <= lineWidth ? text : `${text.slice(0, lineWidth - 1)}…`)

function weekTable(report: RehearsalReport): string {
  const starts = report.arms[0]?.weeks.map((week) => week.startMs) ?? []
  const cells = (startMs: number): string[] =>
    report.arms.map((arm) => grouped(arm.weeks.find((week) => week.startMs === startMs)?.costPer ?? null))
  return textTable(
    ['week of', report.unit, ...report.arms.map((arm) => arm.name)],
    [
      ...starts.map((startMs, place) => [
        dayOf(startMs),
        grouped(report.arms[0]?.weeks[place]?.rows ?? 0),
        ...cells(startMs),
      ]),
      ['all', grouped(report.arms[0]?.total.rows ?? 0), ...report.arms.map((arm) => grouped(arm.total.costPer))],
    ],
  )
}

function variants(report: RehearsalReport): string[] {
  if (report.variants.length === 0) return []
  const header = ['policy', 'cost', 'trainings', 'releases', 'rollbacks']
  const rows = report.variants.map((line) => [
    line.setting,
    grouped(line.costPer),
    ...[line.trainings, line.releases, line.rollbacks].map(String),
  ])
  return ['', 'Policies side by side', textTable(header, rows)]
}

function objectiveLine({ objective }: RehearsalReport): string {
  if (objective.reached === null)
    return `Objective: ${objective.statement}. No cost is declared, so it cannot be judged in money`
  const verdict = objective.met ? 'met' : 'not met'
  return `Objective ${verdict}: ${objective.metric} ${percentChange(objective.reached)} against doing nothing, target ${percentChange(objective.target)}`
}
