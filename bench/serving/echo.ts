import { fileURLToPath } from 'node:url'
import { openInference } from './open-inference.ts'
import { freePort, startServerProcess, type ServerProcess } from './server-process.ts'
import type { ServerUnderTest } from './server-under-test.ts'

/** A bare `node:http` server that answers the very body that it received: the least that HTTP costs in Node. */
export const echo: ServerUnderTest = {
  name: 'node:http echo',
  isEcho: true,
  start: async (model) => {
    const { headers, body } = openInference(model)
    const parse = (answer: string): readonly number[] =>
      (JSON.parse(answer) as { inputs: { data: number[] }[] }).inputs[0]?.data ?? []
    return { ...(await startEcho()), path: '/', headers, body, parse, versions: { node: process.versions.node } }
  },
}

/** Starts it. */
export async function startEcho(): Promise<ServerProcess & { readonly port: number }> {
  const port = await freePort()
  const server = await startServerProcess({
    command: process.execPath,
    parameters: [program, String(port)],
    cwd: '.',
    env: {},
    isReady: async () => (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' })).ok,
  })
  if ('notRun' in server) throw new Error(`The echo: ${server.notRun}`)
  return { ...server, port }
}

const program = fileURLToPath(new URL('echo-process.ts', import.meta.url))
