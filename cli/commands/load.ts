import { readFile } from 'node:fs/promises'
import { messageOf } from '#platform'
import { askText, type LoadedModel } from '../ask-text.ts'
import type { CommandDefinition } from '../command.ts'
import { connect } from '../connect.ts'
import { numberOption } from '../number-option.ts'
import { tokenHeader } from '../own-token.ts'
import { say, sayJson } from '../print.ts'
import { usageFailure } from '../usage-failure.ts'

export const load: CommandDefinition = {
  usage: 'load <name> <file>',
  about: 'Hand an ONNX file to the server, which serves it by that name from then on',
  example: 'millrace load fraud fraud.onnx --version 2',
  options: [['--version <number>', 'number of the version; the one after the newest where absent']],
  run: async ({ words, options, json, store }) => {
    const [name, file] = words as [string, string]
    const asked = numberOption(options, 'version', { max: 999_999_999 })
    const bytes = await readFile(file).catch((error: unknown) => {
      throw usageFailure('unreadableFile', `Cannot read '${file}': ${messageOf(error)}`, { cause: error })
    })
    const connection = await connect(store, { onlyServer: true })
    if (connection?.url == null) throw usageFailure('noServer', `Cannot load '${name}': no server has '${store}' open`)
    const { url } = connection
    const model = `models/${encodeURIComponent(name)}`
    const version = asked ?? (await nextVersion(url, name))
    const parameters = { [`file:${version}/model.onnx`]: bytes.toString('base64') }
    await ask(`${url}/v2/repository/${model}/load`, { parameters })
    const loaded = (await ask(`${url}/v2/${model}/versions/${version}`)) as LoadedModel
    if (json) sayJson({ url, version, ...loaded })
    else say(`${name} serves as version ${version}\n\n${askText(loaded, { url, version })}`)
    return 0
  },
}

async function nextVersion(url: string, name: string): Promise<number> {
  const entries = (await ask(`${url}/v2/repository/index`, {})) as readonly { name: string; version: string }[]
  const versions = entries.filter((entry) => entry.name === name).map(({ version }) => Number(version))
  return Math.max(0, ...versions) + 1
}

/** Asks an address of the Open Inference Protocol; @throws {Failure} `cli/notLoaded` with what it answered */
async function ask(address: string, body?: object): Promise<unknown> {
  const headers = { ...tokenHeader() }
  const answer = await fetch(address, body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers })
  if (answer.ok) return answer.json()
  const { error } = (await answer.json().catch(() => ({}))) as { readonly error?: string }
  throw usageFailure('notLoaded', error ?? `Cannot load the model: the server answered ${answer.status}`, {
    ...(answer.status === 413 && {
      remedy: 'Start the server with a larger MILLRACE_BODY_LIMIT_MB, then load it again',
    }),
  })
}
