import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openApp, type App, type AppListening } from '#app'
import { currentSystem } from '#system'
import { answerOf } from '../answer.ts'
import type { CommandDefinition } from '../command.ts'
import { addressFile, apiOf, connect, type Connection } from '../connect.ts'
import { numberOption } from '../number-option.ts'
import { say, sayJson } from '../print.ts'
import { runStages } from '../progress.ts'
import { readSystem } from '../system-file.ts'
import { usageFailure } from '../usage-failure.ts'
import { outcomeText, turnOnce, type TurnView } from './run.ts'

export const up: CommandDefinition = {
  usage: 'up [file]',
  about:
    'Serve the store: API, predictions, and the loop by its schedule; with a file, apply it and turn the loop first',
  example: 'millrace up flight-delay.system.ts --port 7717',
  options: [['--port <number>', 'port to listen on, 0 takes any free one']],
  run: async ({ words, options, json, store }) => {
    const port = numberOption(options, 'port', { max: 65_535 })
    const open = await connect(store, { onlyServer: true })
    if (open)
      throw usageFailure('stillRunning', `Cannot open the store '${store}': a server at ${open.url} has it open`)
    const app = await openApp({ folder: store, servesBeside: true })
    try {
      const { url, host, grpcPort } = await startServing(app, { port, json })
      await writeFile(join(store, addressFile), JSON.stringify({ url, pid: process.pid }))
      if (words[0] !== undefined) await goLive(app, { file: words[0], url, json })
      const grpc = grpcPort === null ? null : `${host.includes(':') ? `[${host}]` : host}:${grpcPort}`
      if (json) sayJson(grpc === null ? { url } : { url, grpc })
      else
        say(
          `\nMillrace serves ${store} at ${url}${grpc === null ? '' : `\ngRPC: ${grpc}`}\nThe API: ${url}/api/openapi.json\nCtrl-C ends it`,
        )
      await interrupted()
      return 0
    } finally {
      await rm(join(store, addressFile), { force: true })
      await app.close()
    }
  },
}

/** Opens the port, and says that the processes behind it start: that takes some seconds. */
export async function startServing(
  app: App,
  { port, json }: { readonly port: number | undefined; readonly json: boolean },
): Promise<AppListening> {
  const state: { at?: AppListening } = {}
  const start = async (shared: typeof state): Promise<void> => {
    shared.at = await app.listen(port === undefined ? {} : { port })
  }
  await runStages([{ title: 'Start serving', run: start }], state, { quiet: json })
  return state.at as AppListening
}

/** Applies a system file, turns the loop once, and says how to ask it. */
export async function goLive(
  app: App,
  { file, url, json }: { readonly file: string; readonly url: string; readonly json: boolean },
): Promise<TurnView> {
  const loaded = await readSystem(file, { json })
  const { name } = loaded.spec
  const connection: Connection = { api: apiOf(app), url, close: () => Promise.resolve() }
  const state: { turn?: TurnView } = {}
  await runStages(
    [
      {
        title: `Apply ${name}`,
        run: async () => {
          const { spec, baseFolder, commit, dirty } = loaded
          await answerOf(
            connection.api.PUT('/api/v1/systems/{name}', {
              params: { path: { name } },
              body: { spec: spec as never, baseFolder, commit, dirty },
            }),
          )
        },
      },
      {
        title: `Turn the loop of ${name} on the latest data`,
        run: async (shared, tell) => {
          const { hash } = await currentSystem(app.workspace, name)
          shared.turn = await turnOnce(connection, { name, key: `up/${hash}`, again: true, tell })
        },
      },
    ],
    state,
    { quiet: json },
  )
  if (!json) say(`\n${outcomeText(name, state.turn as TurnView)}`)
  return state.turn as TurnView
}

/** Waits for Ctrl-C or a polite kill. */
export const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
