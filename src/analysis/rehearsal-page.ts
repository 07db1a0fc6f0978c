import { relativeChange } from './compare-arms.ts'
import { dayOf, grouped, percentChange } from './format.ts'
import { lineChart } from './line-chart.ts'
import type { RehearsalReport, TimelineEvent } from './schema.ts'

/** The report of a rehearsal as one HTML page that needs nothing else: charts are SVG inside it, there is no script. */
export async function rehearsalPage(report: RehearsalReport): Promise<string> {
  const { objective } = report
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rehearsal of ${escape(report.system)}</title>
<style>${style}</style>
<main>
<h1>Rehearsal of ${escape(report.system)}</h1>
<p>${dayOf(report.startMs)} to ${dayOf(report.endMs)} · ${grouped(report.rows)} ${escape(report.unit)} · seed ${report.seed} · system ${report.specHash.slice(0, 12)}</p>
<p class="verdict ${objective.met ? 'good' : 'bad'}">${escape(objective.statement)}: ${escape(objective.metric)} ${percentChange(objective.reached)} against doing nothing, target ${percentChange(objective.target)}</p>
${cards(report)}
${await costChart(report)}
${weekTable(report)}
${await windowCharts(report)}
${variantTable(report)}
${report.findings.length > 0 ? `<h2>Data</h2><ul>${report.findings.map((finding) => `<li>${escape(finding)}</li>`).join('')}</ul>` : ''}
<h2>Models</h2>
${table(
  ['version', 'candidate', 'trained', 'rows', 'metrics', 'outcome'],
  report.versions.map((version) => [
    `v${version.number}`,
    version.candidate,
    dayOf(version.trainedAtMs),
    grouped(version.rows),
    Object.entries(version.metrics)
      .map(([name, { value, low, high }]) => `${name} ${figure(value)} [${figure(low)}, ${figure(high)}]`)
      .join('; '),
    version.outcome,
  ]),
)}
<h2>Decisions and their evidence</h2>
${report.timeline.map(decision).join('\n')}
</main></html>
`
}

function cards(report: RehearsalReport): string {
  const loop = report.arms.find((arm) => arm.name === 'loop')
  return `<section class="cards">${report.arms
    .map((arm) => {
      const change = arm === loop ? '' : `<small>loop ${percentChange(relativeChange(arm, loop))}</small>`
      return `<div><h3>${escape(arm.name)}</h3><b>${grouped(arm.total.costPer)}</b><span>${escape(report.currency)} per ${grouped(report.per)}</span>${change}<p>${escape(arm.about)}</p></div>`
    })
    .join('')}</section>`
}

function costChart(report: RehearsalReport): Promise<string> {
  return lineChart({
    title: `Realised cost by week`,
    unit: `${report.currency} per ${grouped(report.per)} ${report.unit}`,
    lines: report.arms.map((arm) => ({
      name: arm.name,
      points: arm.weeks.map((week) => [week.startMs, week.costPer] as const),
    })),
    marks: report.versions.map((version) => ({ atMs: version.trainedAtMs, label: `v${version.number}` })),
  })
}

async function windowCharts(report: RehearsalReport): Promise<string> {
  const names = [...new Set(report.windows.flatMap((window) => Object.keys(window.metrics)))]
  const metric = names.find((name) => name === 'auc') ?? names[0]
  const drift = await lineChart({
    title: 'Share of inputs that drifted, by window',
    unit: '',
    fromZero: true,
    lines: [
      {
        name: 'drifted inputs',
        points: report.windows.map((window) => [window.startMs, window.driftedShare] as const),
      },
    ],
  })
  if (metric === undefined) return drift
  return `${await lineChart({
    title: `Realised ${metric}, by window`,
    unit: '',
    lines: [
      {
        name: metric,
        points: report.windows.map((window) => [window.startMs, window.metrics[metric] ?? null] as const),
      },
    ],
  })}\n${drift}`
}

function weekTable(report: RehearsalReport): string {
  const weeks = report.arms[0]?.weeks ?? []
  return `<details><summary>Week by week</summary>${table(
    ['week of', report.unit, ...report.arms.map((arm) => arm.name)],
    weeks.map((week, place) => [
      dayOf(week.startMs),
      grouped(week.rows),
      ...report.arms.map((arm) => grouped(arm.weeks[place]?.costPer ?? null)),
    ]),
  )}</details>`
}

function variantTable(report: RehearsalReport): string {
  if (report.variants.length === 0) return ''
  return `<h2>Policies side by side</h2>${table(
    ['policy', `${report.currency} per ${report.per}`, 'trainings', 'releases', 'rollbacks'],
    report.variants.map((line) => [
      line.setting,
      grouped(line.costPer),
      ...[line.trainings, line.releases, line.rollbacks].map(String),
    ]),
  )}`
}

function decision(event: TimelineEvent): string {
  return `<details class="event"><summary><time>${dayOf(event.atMs)}</time> <b>${event.kind}</b> ${escape(event.ruling)}</summary><pre>${escape(JSON.stringify(event.evidence, null, 2))}</pre></details>`
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('')}</tr>`
  return `<div class="scroll"><table>${cells('th', header)}${rows.map((row) => cells('td', row)).join('')}</table></div>`
}

/** Money in whole units, shares and losses with their digits. */
const figure = (value: number): string => (Math.abs(value) >= 1000 ? grouped(value) : value.toPrecision(4))

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const style = `
:root{color-scheme:light;font:15px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff}
main{max-width:1000px;margin:2rem auto;padding:0 1rem}
h1{margin-bottom:.2rem}.verdict{padding:.6rem 1rem;border-left:4px solid #888;background:#f6f6f6}
.verdict.good{border-color:#009E73}.verdict.bad{border-color:#D55E00}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:1rem;margin:1.5rem 0}
.cards div{border:1px solid #ddd;border-radius:6px;padding:.8rem}.cards h3{margin:0}.cards b{font-size:1.7rem}
.cards span,.cards small,.cards p{display:block;color:#555;margin:0}
svg{max-width:100%;height:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{border-bottom:1px solid #ddd;padding:.25rem .7rem;text-align:right}th:first-child,td:first-child{text-align:left}
.scroll{overflow-x:auto}.event summary{cursor:pointer}.event time{color:#555}pre{background:#f6f6f6;padding:.8rem;overflow:auto;max-height:24rem}
`
