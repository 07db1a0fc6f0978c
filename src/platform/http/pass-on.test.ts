import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { callerHeader, passOn } from './pass-on.ts'
import { isPrivate, openPrivateSocket, type PrivateSocket } from './private-socket.ts'

let behind: Server
let before: Server
let socket: PrivateSocket
let gone = 0
/** Bytes of the endless answer that were given to its socket. */
let given = 0
const part = Buffer.alloc(65_536, 'x')
beforeAll(async () => {
  behind = createServer((request, response) => {
    request.on('error', () => gone++)
    if (request.url === '/breaks') {
      response.writeHead(200, { 'content-length': '10' }).write('half')
      setTimeout(() => request.socket.destroy(), 50)
    } else if (request.url === '/never') request.resume()
    else if (request.url === '/unread') request.pause()
    else if (request.url === '/early') response.writeHead(400).end('no')
    else if (request.url === '/endless') {
      const send = (): void => {
        while (response.write(part)) given += part.length
        given += part.length
      }
      response.on('drain', send)
      send()
    } else
      void text(request).then(
        (body) =>
          response.writeHead(201, { 'x-two': ['a', 'b'] }).end(
            JSON.stringify({
              ...request.headers,
              method: request.method,
              body,
              isPrivate: isPrivate(request.socket),
            }),
          ),
        () => undefined,
      )
  })
  socket = await openPrivateSocket(behind)
  before = createServer((request, response) =>
    passOn(request, response, { socketPath: request.headers['x-lost'] ? `${socket.path}.not` : socket.path }),
  )
  before.listen(0, '127.0.0.1')
  await once(before, 'listening')
})
afterAll(async () => {
  before.close()
  before.closeAllConnections()
  await socket.close()
})

const port = (): number => (before.address() as AddressInfo).port

/** What the server behind says of a request. */
async function ask(path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
  const { method = 'GET', headers = {}, body } = options
  const sent = httpRequest({ port: port(), host: '127.0.0.1', method, path, headers, agent: false })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return { answer, body: (await buffer(answer)).toString() }
}

describe('passOn()', () => {
  test('passes a request and its answer on as they are', async () => {
    const { answer, body } = await ask('/x', { method: 'POST', body: 'hello', headers: { 'x-a': 'b' } })
    expect([answer.statusCode, answer.headers['x-two']]).toEqual([201, 'a, b'])
    expect(JSON.parse(body)).toMatchObject({ method: 'POST', body: 'hello', 'x-a': 'b', isPrivate: true })
  })

  test('says itself who calls, whatever the caller says', async () => {
    const { body } = await ask('/x', { headers: { [callerHeader]: '10.0.0.1' } })
    expect(JSON.parse(body)[callerHeader]).toBe('127.0.0.1')
  })

  test('passes on no body where there is none', async () => {
    // As curl sends it: without a length.
    const client = connect(port(), '127.0.0.1')
    client.write('POST /x HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n')
    const answer = (await buffer(client)).toString()
    expect(answer).toContain('"method":"POST"')
    expect(answer).not.toContain('"transfer-encoding"')
  })

  test('ends the answer of a server that ends within it', async () => {
    await expect(ask('/breaks')).rejects.toThrow('aborted')
    expect((await ask('/x')).answer.statusCode).toBe(201)
  })

  test('answers itself where nobody is behind', async () => {
    const { answer, body } = await ask('/x', { headers: { 'x-lost': '1' } })
    expect([answer.statusCode, JSON.parse(body)]).toEqual([503, expect.objectContaining({ code: 'http/notReady' })])
  })

  test.each(['/never', '/x'])('takes back the request of a caller that goes away from %s', async (path) => {
    const gonesBefore = gone
    const client = connect(port(), '127.0.0.1')
    client.write(`POST ${path} HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nhalf`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    client.resetAndDestroy()
    await vi.waitUntil(() => gone > gonesBefore)
    expect((await ask('/x')).answer.statusCode).toBe(201)
  })

  test('lets a caller send all of a body that was refused before its end', async () => {
    const client = connect(port(), '127.0.0.1')
    client.write('POST /early HTTP/1.1\r\nHost: here\r\nContent-Length: 30000000\r\n\r\n')
    const [answer] = (await once(client, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /)
    client.end(Buffer.alloc(30_000_000))
    await once(client, 'finish')
    await once(client.resume(), 'close')
  })

  test('takes no more of a body than the server behind reads', async () => {
    const client = connect(port(), '127.0.0.1')
    client.write('POST /unread HTTP/1.1\r\nHost: here\r\nContent-Length: 500000000\r\n\r\n')
    while (client.write(part) || (await drained(client))) if (client.bytesWritten > 100_000_000) break
    expect(client.bytesWritten).toBeLessThan(30_000_000)
    client.destroy()
  })

  test('takes no more of an answer than its caller reads', async () => {
    const client = connect(port(), '127.0.0.1').pause()
    client.write('GET /endless HTTP/1.1\r\nHost: here\r\n\r\n')
    await vi.waitUntil(() => given > 0)
    // It stands still, or goes on for ever.
    for (let before = -1; before !== given && before < 100_000_000;) {
      before = given
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    expect(given).toBeLessThan(30_000_000)
    client.destroy()
  })
})

/** Whether a connection takes more within a moment. */
const drained = (client: Socket): Promise<boolean> =>
  Promise.race([
    once(client, 'drain').then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 300)),
  ])
