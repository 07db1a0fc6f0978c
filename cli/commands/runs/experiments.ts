import type { CommandDefinition } from '../../command.ts'
import { connect } from '../../connect.ts'
import { allExperiments } from '../../experiment-named.ts'
import { say, sayJson } from '../../print.ts'
import { momentText, tableText } from '../../table.ts'

export const experiments: CommandDefinition = {
  group: 'runs',
  usage: 'experiments',
  about: 'List experiments, the newest first',
  example: 'millrace runs experiments --json',
  options: [['--deleted', 'those that were deleted']],
  run: async ({ options, json, store }) => {
    await using connection = await connect(store)
    const found = []
    for await (const one of allExperiments(connection, [options['deleted'] === true ? 'deleted' : 'active']))
      found.push(one)
    if (json) sayJson(found)
    else {
      const rows = found.map(({ id, name, system, createdAtMs }) => [
        id,
        name,
        system === null ? 'clients' : 'system',
        momentText(createdAtMs),
      ])
      const [first] = found
      const next = first ? `\n\nNext: millrace runs list --experiment ${quoted(first.name)}` : ''
      say(tableText(['id', 'experiment', 'of', 'made'], rows) + next)
    }
    return 0
  },
}

/** A word as a shell takes it. */
const quoted = (text: string): string => (/^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`)
