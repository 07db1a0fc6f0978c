import type { IncomingMessage, ServerResponse } from 'node:http'
import { letTakeLong } from './long-request.ts'
import { request as httpRequest } from './node-http.ts'
import { problemOf } from './problem.ts'
import { fail } from './failures.ts'

/** Header in which a serving process tells the control process who calls; believed on its private socket alone. */
export const callerHeader = 'x-millrace-caller'

/**
 * Passes a request on, as it is, to the server behind a private socket, and its answer back.
 * @param options.socketPath of the other server
 */
export function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  options: { readonly socketPath: string },
): void {
  const { method, url: path, headers } = request
  // How long it may take, the other server knows.
  letTakeLong({ request, response }, {})
  const sent = httpRequest({
    socketPath: options.socketPath,
    method,
    path,
    headers: { ...headers, [callerHeader]: request.socket.remoteAddress ?? 'gone' },
  })
  sent.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, withoutHops(answer.rawHeaders))
    // An answer that breaks off ends as one: the caller would wait for the rest.
    answer.on('error', () => response.destroy())
    answer.pipe(response)
  })
  sent.on('error', () => {
    if (response.headersSent) {
      response.destroy()
      return
    }
    const problem = problemOf(fail('notReady', 'Cannot answer: the control process is starting, or has ended'))
    response.writeHead(problem.status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem))
  })
  // A caller that goes away takes its request back; what it still sends after its answer is thrown away.
  response.on('close', () => {
    request.unpipe(sent)
    request.resume()
    sent.destroy()
  })
  // The other server is to know of a request whose body does not come.
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) sent.flushHeaders()
  request.pipe(sent)
}

/** Header lines without those that are between two neighbours only. */
function withoutHops(raw: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    if (!hops.has((raw[i] as string).toLowerCase())) kept.push(raw[i] as string, raw[i + 1] as string)
  }
  return kept
}

const hops: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding'])
