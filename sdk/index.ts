import createClient, { type Client } from 'openapi-fetch'
import type { paths } from './api.gen.ts'

/** A typed client of a Millrace server: one method per HTTP verb, paths and bodies checked by the compiler. */
export type Millrace = Client<paths>

export interface MillraceOptions {
  /** Address of the server, such as `http://127.0.0.1:7717`. */
  readonly url: string
  /** Token that every request carries; none where absent. */
  readonly token?: string | undefined
  /** How requests travel; the machine's `fetch` where absent. */
  readonly fetch?: (request: Request) => Promise<Response>
}

/** Connects to a Millrace server; nothing is sent before the first call. */
export function createMillrace(options: MillraceOptions): Millrace {
  const { url, token, fetch } = options
  return createClient<paths>({
    baseUrl: url,
    ...(token ? { headers: { authorization: `Bearer ${token}` } } : {}),
    ...(fetch ? { fetch } : {}),
  })
}

export type { components, paths } from './api.gen.ts'
