import { answerOf } from '../answer.ts'
import type { CommandDefinition } from '../command.ts'
import { connect } from '../connect.ts'
import { say, sayJson } from '../print.ts'
import { readSystem } from '../system-file.ts'

export const plan: CommandDefinition = {
  usage: 'plan [file]',
  about: 'Show what applying a system file would change and cause; changes nothing',
  example: 'millrace plan flight-delay.system.ts',
  run: async ({ words, json, store }) => {
    const loaded = await readSystem(words[0], { json })
    await using connection = await connect(store)
    const found = await answerOf(connection.api.POST('/api/v1/plans', { body: { spec: loaded.spec as never } }))
    if (json) sayJson(found)
    else {
      say(found.lines.join('\n'))
      say(
        [
          '',
          'Objective',
          ...found.objective.map((letter) => `  ${letter.passed ? '✔' : '✖'} ${letter.letter}  ${letter.why}`),
        ].join('\n'),
      )
      if (found.changes.length > 0 || found.first) say(`\nNext: millrace apply ${words[0] ?? ''}`.trimEnd())
    }
    return 0
  },
}
