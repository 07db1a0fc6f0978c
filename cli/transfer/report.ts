/** What was brought over, and what was not. */
export interface Report {
  readonly experiments: { name: string; here: string }[]
  runs: number
  /** Runs that were there already, whole. */
  runsThere: number
  points: number
  files: number
  /** Files that were there already. */
  filesThere: number
  loggedModels: number
  models: number
  versions: number
  /** What came with something about it that one should know. */
  readonly notes: Note[]
  /** What was not brought over. */
  readonly failures: Note[]
}

export interface Note {
  readonly what: string
  readonly why: string
}

export const emptyReport = (): Report => ({
  experiments: [],
  runs: 0,
  runsThere: 0,
  points: 0,
  files: 0,
  filesThere: 0,
  loggedModels: 0,
  models: 0,
  versions: 0,
  notes: [],
  failures: [],
})

/** A report for a person. */
export function reportText(report: Report): string {
  const counts = [
    counted(report.runs, 'run'),
    ...(report.runsThere > 0 ? [`${report.runsThere} there already`] : []),
    counted(report.points, 'value of a metric', 'values of metrics'),
    counted(report.files, 'file'),
    ...(report.filesThere > 0 ? [`${counted(report.filesThere, 'file')} there already`] : []),
    counted(report.loggedModels, 'logged model'),
    `${counted(report.models, 'registered model')} with ${counted(report.versions, 'version')}`,
  ]
  return [
    `Brought in: ${counts.join(', ')}`,
    ...listText('Notes', report.notes, '⚠'),
    ...listText('Not brought in', report.failures, '✖'),
  ].join('\n')
}

function listText(title: string, notes: readonly Note[], sign: string): string[] {
  if (notes.length === 0) return []
  // Many have the same reason: each is said once.
  const byReason = Map.groupBy(notes, ({ why }) => why)
  const lines = Array.from(byReason, ([why, list]) => {
    const shown = list.slice(0, mostNamed).map(({ what }) => what)
    const more = list.length > shown.length ? ` and ${list.length - shown.length} more (--json lists all)` : ''
    return `  ${sign} ${shown.join(', ')}${more}: ${why}`
  })
  return ['', title, ...lines]
}

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`
const mostNamed = 5
