import type { components } from '#sdk'
import { answerOf } from '../../answer.ts'
import type { CommandDefinition } from '../../command.ts'
import { connect, type Connection } from '../../connect.ts'
import { say, sayJson } from '../../print.ts'
import { runDifferences, type Difference } from '../../run-differences.ts'
import { shortNumber, tableText } from '../../table.ts'

export const diffRuns: CommandDefinition = {
  group: 'runs',
  usage: 'diff <run> <other>',
  about: 'Compare two runs: parameters, metrics, tags and data that differ',
  example: 'millrace runs diff run_a run_b --all',
  options: [['--all', 'what is equal too']],
  run: async ({ words, options, json, store }) => {
    await using connection = await connect(store)
    const runs = [await readRun(connection, words[0] as string), await readRun(connection, words[1] as string)] as const
    const found = runDifferences(...runs)
    const shown = options['all'] === true ? found : found.filter(({ differs }) => differs)
    if (json) sayJson({ runs: runs.map(({ id }) => id), differences: shown })
    else {
      const header = ['', ...runs.map(({ id, name }) => `${name} (${id.slice(0, 12)})`), 'change']
      say(shown.length === 0 ? 'The runs do not differ' : tableText(header, shown.map(rowOf)))
    }
    return 0
  },
}

const readRun = ({ api }: Connection, id: string): Promise<components['schemas']['RunRecord']> =>
  answerOf(api.GET('/api/v1/runs/{id}', { params: { path: { id } } }))

function rowOf({ kind, name, values: [one, other], change }: Difference): readonly string[] {
  const text = (value: string | number | null): string =>
    value === null ? '–' : typeof value === 'number' ? shortNumber(value) : value
  const sign = change === null ? '' : `${change > 0 ? '+' : change < 0 ? '−' : ''}${shortNumber(Math.abs(change))}`
  return [`${kind} ${name}`, text(one), text(other), sign]
}
