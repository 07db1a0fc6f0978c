import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServedModel } from './models.ts'
import { openInference } from './open-inference.ts'
import { pinned } from './pinned.ts'
import { freePort, startServerProcess } from './server-process.ts'
import type { NotRun, ServerUnderTest, StartedServer } from './server-under-test.ts'

/** Millrace as anybody starts it, with its store in a folder that goes with it. */
export interface StartedMillrace extends StartedServer {
  readonly folder: string
  readonly url: string
  /** Ends it and leaves its store; {@link StartedMillrace.remove} takes that away. */
  readonly end: () => Promise<void>
  readonly remove: () => Promise<void>
}

export interface MillraceOptions {
  /** A system that it is to apply. */
  readonly file?: string
  /** The only processor that it runs on; all where absent. */
  readonly processor?: number
}

/**
 * Starts `millrace up` on an empty store.
 * @param env settings that differ from the defaults
 */
export async function startMillrace(
  env: Readonly<Record<string, string>> = {},
  { file, processor }: MillraceOptions = {},
): Promise<Omit<StartedMillrace, 'body' | 'parse' | 'path' | 'headers'>> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = await startServerProcess({
    ...pinned(processor, process.execPath, [
      '--conditions=source',
      program,
      'up',
      ...(file === undefined ? [] : [file]),
      '--port',
      String(port),
    ]),
    cwd: folder,
    env: { MILLRACE_STORE: join(folder, 'store'), ...env },
    isReady: async () => (await fetch(`${url}/readyz`)).ok,
  })
  if ('notRun' in server) throw new Error(server.notRun)
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 3 })
  return {
    ...server,
    port,
    url,
    folder: join(folder, 'store'),
    versions: { node: process.versions.node },
    end: server.stop,
    remove,
    stop: async () => {
      await server.stop()
      await remove()
    },
  }
}

/** Hands a model file to a server. */
export async function loadModel(
  url: string,
  name: string,
  file: { readonly version: number; readonly onnx: Uint8Array },
): Promise<void> {
  const answer = await fetch(`${url}/v2/repository/models/${name}/load`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      parameters: { [`file:${file.version}/model.onnx`]: Buffer.from(file.onnx).toString('base64') },
    }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`Cannot load ${name}: ${answer.status} ${text}`)
}

/** Millrace with one model, asked in the JSON of the Open Inference Protocol. */
export async function startWithModel(
  model: ServedModel,
  env: Readonly<Record<string, string>> = {},
  options: Pick<MillraceOptions, 'processor'> = {},
): Promise<StartedMillrace> {
  const server = await startMillrace(env, options)
  await loadModel(server.url, model.name, { version: 1, onnx: model.onnx })
  return { ...server, ...openInference(model), path: `/v2/models/${model.name}/infer` }
}

/** Millrace beside its peers. */
export const millrace = (env: Readonly<Record<string, string>> = {}, name = 'Millrace'): ServerUnderTest => ({
  name,
  start: (model): Promise<StartedServer | NotRun> => startWithModel(model, env),
})

const program = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
