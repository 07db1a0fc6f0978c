import { resolve } from 'node:path'
import { rehearsalText, type RehearsalReport } from '#analysis'
import { messageOf } from '#platform'
import type { CommandDefinition } from '../command.ts'
import { numberOption } from '../number-option.ts'
import { tokenHeader } from '../own-token.ts'
import { say } from '../print.ts'
import { runStages } from '../progress.ts'
import { serveStore } from '../serve-store.ts'
import { readSystem } from '../system-file.ts'
import { pageStage, rehearsalStage, type RehearsalState } from './rehearse.ts'
import { goLive, interrupted } from './up.ts'

export const demo: CommandDefinition = {
  usage: 'demo [file]',
  about: 'Rehearse a system over its history, then go live with it: what npm start does with the flight-delay example',
  example: 'millrace demo examples/flight-delay --once',
  options: [
    ['--once', 'make one prediction over HTTP and end, instead of staying up'],
    ['--port <number>', 'port to listen on, 0 takes any free one'],
  ],
  run: async ({ words, options, json, store }) => {
    const port = numberOption(options, 'port', { max: 65_535 })
    const file =
      words[0] ??
      resolve(
        import.meta.dirname,
        import.meta.url.endsWith('.ts') ? '../../examples/flight-delay' : '../../../examples/flight-delay',
      )
    const system = await readSystem(file, { json })
    const state: RehearsalState = { out: resolve('rehearsal.html') }
    await runStages([rehearsalStage(system, []), pageStage], state)
    say(`\n${rehearsalText(state.report as RehearsalReport)}\n\nThe page with charts: ${state.out}\n`)

    const once = options['once'] === true
    await using served = await serveStore(store, { port: once ? 0 : port, json })
    const { url } = served.at
    await goLive(served, { file, json })
    const { name } = system.spec
    const path = `${url}/api/v1/systems/${name}/predict`
    const row = JSON.stringify(exampleRow)
    say(`\nAsk it:\n\n  curl -s ${path} -H 'content-type: application/json' -d '${row}'\n`)
    if (once) {
      const headers = { 'content-type': 'application/json', ...tokenHeader() }
      const answer = await fetch(path, { method: 'POST', headers, body: row })
      const text = await answer.text()
      say(text)
      if (!answer.ok) throw new Error(`The prediction was refused: ${messageOf(text)}`)
      return 0
    }
    say(`Millrace stays up at ${url}; Ctrl-C ends it`)
    await interrupted()
    return 0
  },
}

/** A flight of the evening after the last one of the data. */
const exampleRow = { date: '2001-07-01T17:40:00', origin: 'ORD', destination: 'LGA', distance: 733 }
