import { fileURLToPath } from 'node:url'
import { ask } from './ask.ts'
import { fixedRows } from './fixed-rows.ts'
import { openInference } from './open-inference.ts'
import { freePort, startServerProcess } from './server-process.ts'
import type { ServerUnderTest } from './server-under-test.ts'

/** A bare `node:http` server that answers the very body that it received: the least that HTTP costs in Node. */
export const echo: ServerUnderTest = {
  name: 'node:http echo',
  isEcho: true,
  start: async (model) => {
    const { headers, body } = openInference(model)
    const parse = (answer: string): readonly number[] =>
      (JSON.parse(answer) as { inputs: { data: number[] }[] }).inputs[0]?.data ?? []
    const endpoint = { port: await freePort(), path: '/', headers, body, parse }
    const server = await startServerProcess({
      command: process.execPath,
      parameters: [program, String(endpoint.port)],
      cwd: '.',
      env: {},
      isReady: async () => (await ask(endpoint, fixedRows(model, 1))).length > 0,
    })
    return 'notRun' in server ? server : { ...endpoint, ...server, versions: { node: process.versions.node } }
  },
}

const program = fileURLToPath(new URL('echo-process.ts', import.meta.url))
