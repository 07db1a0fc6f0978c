import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openApp } from '#app'
import { createMillrace, type Millrace } from '#sdk'

/** A way to the API of a store, and its end. */
export interface Connection {
  readonly api: Millrace
  /** Address of the server that answers; null where this process does. */
  readonly url: string | null
  close(): Promise<void>
}

/** A way to a store that has an address, whatever process answers there. */
export type ReachableConnection = Connection & { readonly url: string }

/**
 * Reaches a store: through the server that has it open, else in this process, by the same API.
 * @param store folder of the store
 * @param options.listens opens a port in this process where no server has the store open: for what is too large for a call
 * @param options.worker goes on with the store's durable work meanwhile; a command that only looks leaves it as it is
 */
export async function connect(store: string, options?: { readonly worker: boolean }): Promise<Connection>
export async function connect(store: string, options: { readonly onlyServer: true }): Promise<Connection | null>
export async function connect(store: string, options: { readonly listens: true }): Promise<ReachableConnection>
export async function connect(
  store: string,
  options: { readonly worker?: boolean; readonly onlyServer?: boolean; readonly listens?: boolean } = {},
): Promise<Connection | null> {
  const url = await serverOf(store)
  if (url) return { api: createMillrace({ url }), url, close: () => Promise.resolve() }
  if (options.onlyServer) return null
  const app = await openApp({ folder: store, worker: options.worker ?? false })
  if (options.listens) {
    const { url: here } = await app.listen({ host: '127.0.0.1', port: 0 })
    return { api: createMillrace({ url: here }), url: here, close: () => app.close() }
  }
  return {
    api: createMillrace({ url: 'http://127.0.0.1', fetch: (request) => app.fetch(request) }),
    url: null,
    close: () => app.close(),
  }
}

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
