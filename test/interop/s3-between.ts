import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Clock } from '#platform'

/** A request that is on its way to an S3 server. */
export interface OnItsWay {
  readonly method: string
  /** Of the bucket and the key. */
  readonly path: string
  readonly query: URLSearchParams
}

/** What stands between a store and its S3 server: it tells the time there, and may hold or refuse requests. */
export interface Between {
  readonly endpoint: string
  /** Called before each request goes on, which waits for it; it answers whether the server refuses. */
  before: (asked: OnItsWay) => Promise<boolean> | boolean
  close(): void
}

/**
 * Passes requests on to an S3 server whose objects are then as old as a clock says, which the test moves.
 * @param endpoint of the server
 */
export async function openBetween(endpoint: string, clock: Clock): Promise<Between> {
  const putMs = new Map<string, number>()
  const server = createServer(async (asked, answer) => {
    const url = new URL(asked.url ?? '/', endpoint)
    const [method, path, query] = [asked.method ?? 'GET', decodeURIComponent(url.pathname), url.searchParams]
    const body = await buffer(asked)
    if (await between.before({ method, path, query })) {
      answer.writeHead(403).end(method === 'HEAD' ? '' : '<Error><Code>AccessDenied</Code></Error>')
      return
    }
    const begins = (method === 'PUT' && !query.has('partNumber')) || query.has('uploads')
    if (begins && method !== 'GET') putMs.set(path, clock.now())
    const got = await new Promise<IncomingMessage>((resolve, reject) => {
      request(url, { method, headers: asked.headers }, resolve).on('error', reject).end(body)
    })
    const found = await buffer(got)
    const isList = method === 'GET' && (query.has('list-type') || query.has('uploads'))
    const bytes = isList ? Buffer.from(timed(found.toString(), { bucket: path, putMs })) : found
    const headers = { ...got.headers }
    if (method !== 'HEAD') headers['content-length'] = String(bytes.length)
    delete headers['transfer-encoding']
    answer.writeHead(got.statusCode ?? 500, headers).end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const between: Between = {
    endpoint: `http://127.0.0.1:${port}`,
    before: () => false,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return between
}

/** A list with the times at which things were put by the clock. */
function timed(
  xml: string,
  { bucket, putMs }: { readonly bucket: string; readonly putMs: ReadonlyMap<string, number> },
): string {
  return xml.replaceAll(/<(Contents|Upload)>[^]*?<\/\1>/g, (entry) => {
    const at = putMs.get(`${bucket.replace(/\/$/, '')}/${/<Key>([^<]*)</.exec(entry)?.[1] ?? ''}`)
    const time = at === undefined ? undefined : new Date(at).toISOString()
    return time === undefined ? entry : entry.replace(/<(LastModified|Initiated)>[^<]*/, `<$1>${time}`)
  })
}
