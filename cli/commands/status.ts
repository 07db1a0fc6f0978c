import { answerOf } from '../answer.ts'
import type { CommandDefinition } from '../command.ts'
import { connect } from '../connect.ts'
import { say, sayJson } from '../print.ts'

export const status: CommandDefinition = {
  usage: 'status [system]',
  about: 'Show what every system is at, or one of them: what serves, how it does, what was decided',
  example: 'millrace status flight-delay',
  run: async ({ words, json, store }) => {
    await using connection = await connect(store)
    const { api, url } = connection
    const name = words[0]
    if (name === undefined) {
      const systems = await answerOf(api.GET('/api/v1/systems'))
      if (json) sayJson(systems)
      else
        say(
          systems.length === 0
            ? 'No system was applied yet\n\nNext: millrace init, or millrace apply <file>'
            : systems.map((one) => `${one.system}  version ${one.number}  ${one.hash.slice(0, 12)}`).join('\n'),
        )
      return 0
    }
    const found = await answerOf(api.GET('/api/v1/systems/{name}', { params: { path: { name } } }))
    const decisions = await answerOf(api.GET('/api/v1/systems/{name}/decisions', { params: { path: { name } } }))
    if (json) {
      sayJson({ ...found, decisions })
      return 0
    }
    say(
      `${name}, system version ${found.version.number} (${found.version.hash.slice(0, 12)}), ${url ? `served at ${url}` : 'not served'}`,
    )
    say(`\n${found.objective.statement}`)
    for (const letter of found.objective.letters) say(`  ${letter.passed ? '✔' : '✖'} ${letter.letter}  ${letter.why}`)
    say(
      found.champion
        ? `\nServes version ${found.champion.number} (${found.champion.candidate}) since ${found.champion.since}`
        : '\nNothing is released yet',
    )
    if (found.champion?.partition) say(`  ${partitionLine(found.champion.partition)}`)
    for (const [metric, value] of Object.entries(found.champion?.metrics ?? {}))
      say(`  ${metric.padEnd(22)} ${value.toPrecision(5)}`)
    if (found.release) say(`A release is under way: ${Math.round(found.release.share * 100)} % of the traffic`)
    for (const window of found.windows)
      say(
        `  ${window.start}  ${window.rows} predictions, ${Math.round(window.knownShare * 100)} % known${window.costPer === null ? '' : `, cost ${window.costPer.toFixed(1)}`}${window.signals.map((signal) => `\n      ⚠ ${signal}`).join('')}`,
      )
    say('\nDecisions')
    for (const decision of decisions.slice(-20)) say(`  ${decision.at}  ${decision.kind.padEnd(8)} ${decision.ruling}`)
    return 0
  },
}

function partitionLine(partition: {
  readonly by: string
  readonly segments: number
  readonly rows: number
  readonly pooledSegments: number
  readonly pooledRows: number
}): string {
  const { by, segments, rows, pooledSegments, pooledRows } = partition
  return `by ${by}: ${segments} segments with a model of their own (${rows} rows), ${pooledSegments} by the pooled one (${pooledRows} rows)`
}
