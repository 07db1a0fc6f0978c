import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openApp, type App } from '#app'
import { createMillrace, type Millrace } from '#sdk'
import { ownToken } from './own-token.ts'

/** A way to the API of a store, and its end. */
export interface Connection {
  readonly api: Millrace
  /** Address of the server that answers; null where this process does. */
  readonly url: string | null
  close(): Promise<void>
}

/**
 * Reaches a store: through the server that has it open, else in this process, by the same API.
 * @param store folder of the store
 * @param options.worker goes on with the store's durable work meanwhile; a command that only looks leaves it as it is
 */
export async function connect(store: string, options?: { readonly worker: boolean }): Promise<Connection>
export async function connect(store: string, options: { readonly onlyServer: true }): Promise<Connection | null>
export async function connect(
  store: string,
  options: { readonly worker?: boolean; readonly onlyServer?: boolean } = {},
): Promise<Connection | null> {
  const url = await serverOf(store)
  if (url) return { api: createMillrace({ url, token: ownToken() }), url, close: () => Promise.resolve() }
  if (options.onlyServer) return null
  const app = await openApp({ folder: store, worker: options.worker ?? false })
  return {
    api: apiOf(app),
    url: null,
    close: () => app.close(),
  }
}

/** The API of a Millrace in this process: whoever has opened its store needs no token. */
export const apiOf = (app: App): Millrace =>
  createMillrace({ url: 'http://127.0.0.1', fetch: (request) => app.fetch(request) })

/** Name of the file in which a server says where it can be reached. */
export const addressFile = 'server.json'

async function serverOf(store: string): Promise<string | null> {
  try {
    const { url } = JSON.parse(await readFile(join(store, addressFile), 'utf8')) as { url: string }
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2000) })
    return answer.ok ? url : null
  } catch {
    return null
  }
}
