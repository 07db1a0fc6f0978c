import type { components } from '#sdk'
import { answerOf } from '../../answer.ts'
import type { CommandDefinition } from '../../command.ts'
import { connect, type Connection } from '../../connect.ts'
import { experimentNamed } from '../../experiment-named.ts'
import { numberOption } from '../../number-option.ts'
import { say, sayJson } from '../../print.ts'
import { momentText, shortNumber, tableText } from '../../table.ts'

type FoundRun = components['schemas']['FoundRun']

export const searchRuns: CommandDefinition = {
  group: 'runs',
  usage: 'list',
  alias: 'search',
  about: 'Find runs, those of systems and all others, the newest first',
  example: `millrace runs search --experiment churn --filter "metrics.auc > 0.8" --order "metrics.auc desc"`,
  options: [
    ['--experiment <name>', 'only those of this experiment, by name or id'],
    ['--filter <filter>', "as MLflow's: metrics.auc > 0.8 and params.depth = '6' and tags.stage = 'final'"],
    ['--order <order>', 'such as "metrics.auc desc"; several with commas'],
    ['--limit <number>', 'at most so many', '20'],
    ['--deleted', 'those that were deleted'],
  ],
  run: async ({ options, json, store }) => {
    const limit = numberOption(options, 'limit', { max: 1_000_000 }) ?? 20
    await using connection = await connect(store)
    const { experiment, filter, order } = options as Readonly<Record<string, string | undefined>>
    const found = await searchedRuns(connection, {
      experiments: experiment === undefined ? undefined : [(await experimentNamed(connection, experiment)).id],
      filter: filter ?? '',
      orderBy: order?.split(',').map((term) => term.trim()) ?? [],
      states: [options['deleted'] === true ? 'deleted' : 'active'],
      limit,
    })
    if (json) sayJson(found)
    else say(listText(found, filter ?? order ?? ''))
    return 0
  },
}

interface Search {
  readonly experiments: readonly string[] | undefined
  readonly filter: string
  readonly orderBy: readonly string[]
  readonly states: readonly ('active' | 'deleted')[]
  readonly limit: number
}

/** As many runs as are wanted, page by page. */
async function searchedRuns({ api }: Connection, { experiments, ...search }: Search): Promise<readonly FoundRun[]> {
  const found: FoundRun[] = []
  for (let offset: number | null = 0; offset !== null && found.length < search.limit;) {
    const body = {
      ...search,
      ...(experiments && { experiments: [...experiments] }),
      orderBy: [...search.orderBy],
      states: [...search.states],
      limit: Math.min(1000, search.limit - found.length),
      offset,
    }
    const page: { runs: FoundRun[]; nextOffset: number | null } = await answerOf(
      api.POST('/api/v1/runs/search', { body }),
    )
    found.push(...page.runs)
    offset = page.nextOffset
  }
  return found
}

/** @param asked the filter and order, whose metrics and parameters are shown first */
function listText(runs: readonly FoundRun[], asked: string): string {
  const [first] = runs
  if (!first) return 'No run matches\n\nNext: millrace runs experiments'
  const named = [...asked.matchAll(/\b(metric|param)\w*\.(?:`([^`]+)`|"([^"]+)"|([\w./-]+))/g)]
  const columns = [
    ...named.map(([, kind, ...names]) => ({ kind: kind as 'metric' | 'param', name: names.find(Boolean) as string })),
    ...mostCommon(runs.map(({ metrics }) => metrics)).map((name) => ({ kind: 'metric' as const, name })),
  ]
  const shown = [...new Map(columns.map((one) => [`${one.kind} ${one.name}`, one])).values()].slice(0, mostColumns)
  const header = ['run', 'name', 'experiment', 'by', 'status', 'began', ...shown.map(({ name }) => name)]
  const rows = runs.map((run) => [
    run.id,
    run.name,
    run.experiment.name,
    run.system === null ? run.user || 'client' : 'system',
    run.status,
    momentText(run.startedAtMs),
    ...shown.map(({ kind, name }) => cellOf(run, kind, name)),
  ])
  const second = runs[1]
  const next = second ? `millrace runs diff ${first.id} ${second.id}` : `millrace runs show ${first.id}`
  return `${tableText(header, rows, { whole: ['run'] })}\n\nNext: ${next}`
}

function cellOf(run: FoundRun, kind: 'metric' | 'param', name: string): string {
  if (kind === 'param') return run.params.find((one) => one.name === name)?.value ?? ''
  const found = run.metrics.find((one) => one.name === name)
  return found ? shortNumber(found.value) : ''
}

/** Names that most of the runs have, the most common first. */
function mostCommon(lists: readonly (readonly { readonly name: string }[])[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const list of lists) for (const { name } of list) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name)
}

const mostColumns = 4
