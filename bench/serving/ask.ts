import type { Endpoint, Rows } from './server-under-test.ts'

/**
 * Asks a server once, on a connection of its own.
 * @returns the outputs, row after row
 * @throws {Error} with the answer's status and beginning unless it is 200
 */
export async function ask(endpoint: Endpoint, rows: Rows): Promise<readonly number[]> {
  const answer = await fetch(`http://127.0.0.1:${endpoint.port}${endpoint.path}`, {
    method: 'POST',
    headers: { ...endpoint.headers, connection: 'close' },
    body: Buffer.from(endpoint.body(rows)),
    signal: AbortSignal.timeout(10_000),
  })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`the server answers ${answer.status}: ${text.slice(0, 300)}`)
  return endpoint.parse(text)
}
