import { readFile } from 'node:fs/promises'
import { messageOf } from '#platform'
import { answerOf } from '../answer.ts'
import type { CommandDefinition } from '../command.ts'
import { connect } from '../connect.ts'
import { explanationText } from '../explanation-text.ts'
import { say, sayJson } from '../print.ts'
import { usageFailure } from '../usage-failure.ts'

export const predict: CommandDefinition = {
  usage: 'predict <system> [row]',
  about: "Predict one row, or several; the row is JSON, '-' reads it from standard input",
  example: `millrace predict flight-delay '{"date":"2001-07-01T17:40:00","origin":"ORD","destination":"LGA","distance":733}'`,
  options: [
    ['--file <path>', 'a JSON file with one row or a list of rows'],
    ['--explain', 'say what each input contributed to the score'],
  ],
  run: async ({ words, options, json, store }) => {
    const text =
      typeof options['file'] === 'string'
        ? await readRows(options['file'])
        : words[1] === '-' || words[1] === undefined
          ? await standardInput()
          : words[1]
    const given = parse(text)
    await using connection = await connect(store)
    const answer = await answerOf(
      connection.api.POST('/api/v1/systems/{name}/predict', {
        params: {
          path: { name: words[0] as string },
          ...(options['explain'] === true ? { query: { explain: 'true' as const } } : {}),
        },
        body: (Array.isArray(given) ? { rows: given } : given) as never,
      }),
    )
    if (json || options['explain'] !== true) sayJson(answer)
    else say(('predictions' in answer ? answer.predictions : [answer]).map(explanationText).join('\n\n'))
    return 0
  },
}

function readRows(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw usageFailure('unreadableFile', `Cannot read '${path}': ${messageOf(error)}`, { cause: error })
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw usageFailure('badRow', `Cannot read the row: it is not JSON (${(error as Error).message})`)
  }
}

async function standardInput(): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
