import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { systemIds } from '../ids.ts'
import { silentLog } from '../log.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'
import { loopbackOnly } from './authorise.ts'
import { createHttpServer } from './create-http-server.ts'
import { listen } from './listen.ts'
import { openPrivateSocket, type PrivateSocket } from './private-socket.ts'
import type { Protocol } from './protocol.ts'
import type { StreamProtocol } from './stream-protocol.ts'

/** A machine may be busy. */
const patient = { timeout: 15_000 }
const refuse: Protocol['refuse'] = ({ status, message }) => ({ status, contentType: 'text/x-no', body: message })
const counting: StreamProtocol = {
  paths: ['/count/*'],
  permission: 'bytes:write',
  refuse,
  answer: async ({ target, body }) => {
    const headers = { 'content-type': 'text/plain' }
    if (target === '/count/throws') throw new Error('the password is hunter2')
    if (target === '/count/breaks') return { status: 200, headers: { 'content-length': 10 }, body: broken() }
    let count = 0
    for await (const part of body) {
      count += part.length
      if (target === '/count/some') break
    }
    return { status: 200, headers, body: target === '/count/some' ? 'enough' : Readable.from([`${count} bytes`]) }
  },
}
const broken = (): Readable =>
  Readable.from(
    (async function* () {
      yield 'half'
      await wait(50)
      throw new Error('gone')
    })(),
  )
/** One that reads bodies whole, for comparison. */
const whole: Protocol = {
  paths: ['/whole'],
  permission: 'bytes:write',
  refuse,
  answer: ({ body }) => Promise.resolve({ status: 200, contentType: 'text/plain', body: `${body.length} bytes` }),
}

let folder: string
let workspace: Workspace
let control: FastifyInstance
let socket: PrivateSocket
let front: FastifyInstance
const ports = { control: 0, front: 0 }
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-http-'))
  const ids = systemIds(systemClock)
  workspace = await openWorkspace({ folder, migrations: [], clock: systemClock, ids, log: silentLog, threads: 1 })
  const config = { MILLRACE_BODY_LIMIT_MB: 1, MILLRACE_REQUEST_TIMEOUT_MS: 1000 }
  const common = { workspace, routes: [], config, authorise: loopbackOnly }
  control = await createHttpServer({ ...common, protocols: [whole], streamProtocols: [counting] })
  socket = await openPrivateSocket(control.server)
  front = await createHttpServer({ ...common, behind: socket.path })
  ports.control = (await listen(control, { host: '127.0.0.1', port: 0 })).port
  ports.front = (await listen(front, { host: '127.0.0.1', port: 0 })).port
})
afterAll(async () => {
  for (const server of [front, control]) {
    server.server.closeAllConnections()
    await server.close()
  }
  await socket.close()
  await workspace.close()
  await rm(folder, { recursive: true })
})

/** A connection that has sent the head of a request, and what it was answered. */
function begun(port: number, target: string, length: number): { readonly client: Socket; readonly said: () => string } {
  const client = connect(port, '127.0.0.1')
  let text = ''
  client.on('data', (part: Buffer) => (text += part.toString()))
  client.on('error', () => undefined)
  client.write(`PUT ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: a/b; c\r\nContent-Length: ${length}\r\n\r\n`)
  return { client, said: () => text }
}

describe.each(['control', 'front'] as const)('a stream protocol, asked at the %s', (at) => {
  test('takes bodies beyond the limit of others', async () => {
    const { client, said } = begun(ports[at], '/count/all', 5_000_000)
    client.write(Buffer.alloc(5_000_000))
    await expect.poll(said, patient).toMatch(/^HTTP\/1\.1 200 OK[^]*5000000 bytes/)
    client.destroy()
  })

  test('lets a body take its time where others are refused, but not stand still', async () => {
    const slow = begun(ports[at], '/count/all', 20)
    const other = begun(ports[at], '/whole', 20)
    for (let sent = 0; sent < 20; sent++) {
      slow.client.write('x')
      if (other.client.writable) other.client.write('x')
      await wait(100)
    }
    await expect.poll(slow.said, patient).toMatch(/^HTTP\/1\.1 200 OK[^]*20 bytes/)
    expect(other.said()).toMatch(/^HTTP\/1\.1 408 /)
    other.client.destroy()
    // The same connection goes on.
    slow.client.write('GET /count/all HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await expect.poll(slow.said, patient).toMatch(/[^0-9]0 bytes/)
    slow.client.write('PUT /count/all HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\nhalf')
    await expect.poll(() => slow.client.closed || slow.said().includes(' 503 '), patient).toBe(true)
    slow.client.destroy()
  })

  test('answers before the end of a body that it has enough of, and the rest runs out', async () => {
    const { client, said } = begun(ports[at], '/count/some', 20_000_000)
    client.write(Buffer.alloc(10_000_000))
    await expect.poll(said, patient).toMatch(/^HTTP\/1\.1 200 OK[^]*enough/)
    const sent = new Promise((resolve) => client.write(Buffer.alloc(10_000_000), resolve))
    await sent
    client.write('GET /count/all HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await expect.poll(said, patient).toContain('0 bytes')
    client.destroy()
  })

  test.each([
    ['an error', '/count/throws', {}, 500, 'Cannot answer: the server met an unexpected error'],
    ['a page of another site', '/count/all', { origin: 'http://evil.example' }, 403, expect.stringContaining('page')],
    ['an address that cannot be read', '/count/%ff', {}, 400, expect.stringContaining('does not follow HTTP')],
  ])('says %s in its own form', async (_, target, headers, status, text) => {
    const answer = await fetch(`http://127.0.0.1:${ports[at]}${target}`, { headers: { ...headers } })
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      status,
      'text/x-no',
      text,
    ])
  })

  test('ends the connection of an answer that breaks off', async () => {
    const answer = await fetch(`http://127.0.0.1:${ports[at]}/count/breaks`)
    await expect(answer.text()).rejects.toThrow('terminated')
  })
})

test('a stream protocol answers requests without a socket', async () => {
  const answer = await control.inject({
    method: 'PUT',
    url: '/count/all',
    payload: 'hello',
    headers: { host: 'localhost' },
  })
  expect([answer.statusCode, answer.body]).toEqual([200, '5 bytes'])
})
