import { answerOf } from '../answer.ts'
import type { CommandDefinition } from '../command.ts'
import { connect } from '../connect.ts'
import { say, sayJson } from '../print.ts'
import { readSystem } from '../system-file.ts'

export const apply: CommandDefinition = {
  usage: 'apply [file]',
  about: 'Make a system file the one that the loop follows',
  example: 'millrace apply flight-delay.system.ts',
  run: async ({ words, json, store }) => {
    const { spec, baseFolder, commit, dirty } = await readSystem(words[0], { json })
    await using connection = await connect(store)
    const applied = await answerOf(
      connection.api.PUT('/api/v1/systems/{name}', {
        params: { path: { name: spec.name } },
        body: { spec: spec as never, baseFolder, commit, dirty },
      }),
    )
    if (json) sayJson(applied)
    else
      say(
        `${applied.system} is at version ${applied.number} (${applied.hash.slice(0, 12)})\n\nNext: millrace run ${applied.system}`,
      )
    return 0
  },
}
