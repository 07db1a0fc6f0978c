import { currentSystem } from '#system'
import { answerOf } from '../answer.ts'
import type { CommandDefinition } from '../command.ts'
import { apiOf, connect } from '../connect.ts'
import { numberOption } from '../number-option.ts'
import { say, sayJson } from '../print.ts'
import { runStages } from '../progress.ts'
import { serveStore, type ServedStore } from '../serve-store.ts'
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
    await using served = await serveStore(store, { port, json })
    const { url, host, grpcPort } = served.at
    if (words[0] !== undefined) await goLive(served, { file: words[0], json })
    const grpc = grpcPort === null ? null : `${host.includes(':') ? `[${host}]` : host}:${grpcPort}`
    if (json) sayJson(grpc === null ? { url } : { url, grpc })
    else
      say(
        `\nMillrace serves ${store} at ${url}${grpc === null ? '' : `\ngRPC: ${grpc}`}\nThe API: ${url}/api/openapi.json\nCtrl-C ends it`,
      )
    await interrupted()
    return 0
  },
}

/** Applies a system file, turns the loop once, and waits until what that released is served. */
export async function goLive(
  { app, at }: ServedStore,
  { file, json }: { readonly file: string; readonly json: boolean },
): Promise<TurnView> {
  const loaded = await readSystem(file, { json })
  const { name } = loaded.spec
  const api = apiOf(app)
  const state: { turn?: TurnView } = {}
  await runStages(
    [
      {
        title: `Apply ${name}`,
        run: async () => {
          const { spec, baseFolder, commit, dirty } = loaded
          await answerOf(
            api.PUT('/api/v1/systems/{name}', {
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
          shared.turn = await turnOnce({ api }, { name, key: `up/${hash}`, again: true, tell })
        },
      },
      {
        // The first system to serve lets the processes start that answer for it.
        title: `Serve ${name}`,
        run: () => at.follow(),
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
