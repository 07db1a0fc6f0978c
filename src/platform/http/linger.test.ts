import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { lingerAfterEarlyAnswer } from './linger.ts'

const opened: Server[] = []
afterEach(() => {
  for (const server of opened.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A connection to a server that refuses every request by its head alone. */
async function refused(options: { readonly graceMs?: number } = {}): Promise<Socket> {
  const server = createServer((request, response) => {
    lingerAfterEarlyAnswer(request, options)
    response.writeHead(413, { connection: 'close' }).end('too large')
  }).listen(0, '127.0.0.1')
  opened.push(server)
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.on('error', () => undefined)
  client.pause()
  return client
}

const megabytes = 1_048_576
const head = (bytes: number): string => `POST / HTTP/1.1\r\nHost: here\r\nContent-Length: ${bytes}\r\n\r\n`

describe('lingerAfterEarlyAnswer()', () => {
  test('lets a client that reads nothing before it has sent all read why it was refused, and then ends', async () => {
    const client = await refused()
    client.write(head(30 * megabytes))
    for (let sent = 0; sent < 30; sent++) await new Promise((resolve) => client.write(Buffer.alloc(megabytes), resolve))
    const pieces: Buffer[] = []
    client.on('data', (piece: Buffer) => pieces.push(piece))
    client.resume()
    await once(client, 'close')
    expect(Buffer.concat(pieces).toString()).toMatch(/^HTTP\/1\.1 413 [\s\S]*too large/)
  })

  test('cuts a client off that goes on for too long', async () => {
    const client = await refused({ graceMs: 100 })
    client.write(head(1000 * megabytes))
    const more = setInterval(() => client.write('x'), 10)
    client.resume()
    await once(client, 'close')
    clearInterval(more)
    expect(client.bytesWritten).toBeLessThan(megabytes)
  })
})
