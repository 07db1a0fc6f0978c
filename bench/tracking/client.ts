import { Agent, request } from 'node:http'

/** One caller of a tracking server, on one connection that it keeps. */
export interface TrackingClient {
  /** Asks an address of `/api/2.0/mlflow/`: with fields it is a POST. @throws {Error} unless the answer is 200 */
  call(path: string, fields?: object): Promise<Readonly<Record<string, unknown>>>
  close(): void
}

export function trackingClient(port: number): TrackingClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    call: (path, fields) =>
      new Promise((resolve, reject) => {
        const body = fields === undefined ? undefined : JSON.stringify(fields)
        const sent = request(
          {
            agent,
            port,
            host: '127.0.0.1',
            path: `/api/2.0/mlflow/${path}`,
            method: body === undefined ? 'GET' : 'POST',
            headers:
              body === undefined
                ? {}
                : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
          },
          (answer) => {
            const pieces: Buffer[] = []
            answer.on('data', (piece: Buffer) => pieces.push(piece))
            answer.once('end', () => {
              const text = Buffer.concat(pieces).toString('utf8')
              if (answer.statusCode === 200) resolve(JSON.parse(text) as Record<string, unknown>)
              else reject(new Error(`${path} was answered ${answer.statusCode}: ${text.slice(0, 300)}`))
            })
          },
        )
        sent.once('error', reject)
        sent.end(body)
      }),
    close: () => agent.destroy(),
  }
}
