import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from '#app'
import { iso, readConfig, systemClock } from '#platform'
import { createMillrace, type Millrace } from '#sdk'
import { answerOf } from './answer.ts'
import { ownToken } from './own-token.ts'

/** A way to the API of a store, open until the block ends that it is declared in by `await using`. */
export interface Connection extends AsyncDisposable {
  readonly api: Millrace
  /** Address of the server that answers; null where this process does. */
  readonly url: string | null
}

/** A way to a store that has an address, whatever process answers there. */
export interface ReachableConnection extends Connection {
  readonly url: string
  /** What each request that does not go through the API carries. */
  readonly headers: Readonly<Record<string, string>>
}

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
  if (url) return reachable(url, { token: ownToken(), close: () => Promise.resolve() })
  if (options.onlyServer) return null
  // Whoever asks a server that runs is spared the time to load one.
  const { openApp } = await import('#app')
  const app = await openApp({ folder: store, worker: options.worker ?? false })
  if (options.listens) return listening(app)
  return {
    api: apiOf(app),
    url: null,
    [Symbol.asyncDispose]: () => app.close(),
  }
}

function reachable(
  url: string,
  { token, close }: { readonly token: string | undefined; readonly close: () => Promise<void> },
): ReachableConnection {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return { api: createMillrace({ url, token }), url, headers, [Symbol.asyncDispose]: close }
}

/** Opens a port to a Millrace in this process; where it lets in nobody without a token, by one that ends with it. */
async function listening(app: App): Promise<ReachableConnection> {
  const { url } = await app.listen({ host: '127.0.0.1', port: 0 })
  if (readConfig().MILLRACE_ACCESS === 'local') return reachable(url, { token: undefined, close: () => app.close() })
  const api = apiOf(app)
  const now = systemClock.now()
  const body = { name: `command-line-${process.pid}-${now}`, role: 'operator' as const, expiresAt: iso(now + oneDayMs) }
  const { token, id } = await answerOf(api.POST('/api/v1/tokens', { body }))
  const close = async (): Promise<void> => {
    await answerOf(api.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } }))
    await app.close()
  }
  return reachable(url, { token, close })
}

const oneDayMs = 86_400_000

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
