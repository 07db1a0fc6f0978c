import { readFile, writeFile } from 'node:fs/promises'
import { answerOf } from '../answer.ts'
import { clientMark, clientText } from '../client/client-text.ts'
import type { CommandDefinition } from '../command.ts'
import { connect } from '../connect.ts'
import { say, sayJson } from '../print.ts'
import { usageFailure } from '../usage-failure.ts'

export const client: CommandDefinition = {
  usage: 'client <system>',
  about: 'Write a typed TypeScript client for the predictions of a system',
  example: 'millrace client flight-delay --out flight-delay-client.ts',
  options: [['--out <file>', 'where the client goes; it is printed where absent']],
  run: async ({ words, options, json, store }) => {
    const system = words[0] as string
    const out = typeof options['out'] === 'string' ? options['out'] : undefined
    if (out !== undefined) await checkFree(out)
    await using connection = await connect(store)
    const path = { name: system }
    const form = await answerOf(connection.api.GET('/api/v1/systems/{name}/inputs', { params: { path } }))
    const text = clientText({ system, ...form }, `millrace client ${system} --out ${out ?? `${system}-client.ts`}`)
    if (out !== undefined) await writeFile(out, text)
    if (json) sayJson({ system, version: form.version, ...(out === undefined ? { text } : { file: out }) })
    else say(out === undefined ? text.trimEnd() : `Wrote ${out}, made from version ${form.version} of '${system}'`)
    return 0
  },
}

/** Only what is a client already is written over. */
async function checkFree(file: string): Promise<void> {
  const there = await readFile(file, 'utf8').catch(() => undefined)
  if (there === undefined || there.startsWith(clientMark)) return
  throw usageFailure('wontOverwrite', `Cannot write '${file}': it is there already and is no client`)
}
