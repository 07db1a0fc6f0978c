import type { IncomingMessage } from 'node:http'
import { request as requestPlain } from './node-http.ts'

/**
 * Sends a request that is ready and gives the answer once its head is there; its body is read as it is asked for.
 *
 * Not by `fetch`: there a body that is read late, of a connection that the server has ended, throws where nobody can
 * catch it.
 * @see https://github.com/nodejs/undici/issues/5360
 */
export function exchange(request: Request, body?: Uint8Array): Promise<IncomingMessage> {
  const { url, method } = request
  // Loaded where it is spoken.
  const send = url.startsWith('https:') ? process.getBuiltinModule('node:https').request : requestPlain
  return new Promise((resolve, reject) => {
    const sent = send(url, { method, headers: Object.fromEntries(request.headers), timeout: idleMs }, resolve)
    sent.on('error', reject)
    sent.on('timeout', () => sent.destroy(new Error(`No answer within ${idleMs / 1000} seconds`)))
    sent.end(body)
  })
}

/** A server that copies a large object says nothing until it has. */
const idleMs = 300_000
