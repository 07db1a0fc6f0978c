import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineFailures } from '../failure.ts'
import { seededIds } from '../ids.ts'
import { silentLog } from '../log.ts'
import { seededRandom } from '../random.ts'
import { systemClock } from '../clock.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'
import { loopbackOnly } from './authorise.ts'
import { createHttpServer, type HttpServerOptions } from './create-http-server.ts'
import { listen, type Listening } from './listen.ts'
import { defineRoute, type Route } from './route.ts'

const fail = defineFailures('shelf', {
  noBook: { status: 404, means: 'No such book', remedy: 'Look at the list of books' },
})

/** Settles when the slow request has arrived, with what lets it end. */
const slowRequest = Promise.withResolvers<() => void>()
const routes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/shelves/{name}/books',
    permission: 'books:write',
    summary: 'Put books on a shelf',
    params: z.object({ name: z.string() }),
    query: z.object({ limit: z.coerce.number().int().max(10).default(5) }),
    body: z.object({ rows: z.array(z.object({ title: z.string(), pages: z.number().int() })).min(1) }),
    response: z.object({ shelf: z.string(), titles: z.array(z.string()), limit: z.number(), by: z.string() }),
    status: 201,
    handler: async ({ params, query, body, actor }) => ({
      shelf: params.name,
      titles: body.rows.map(({ title }) => title),
      limit: query.limit,
      by: actor.id,
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/books/{id}',
    permission: 'books:read',
    summary: 'One book',
    params: z.object({ id: z.string() }),
    response: z.object({ title: z.string() }),
    handler: async ({ params }) => {
      if (params.id === 'broken') throw new Error('the password is hunter2')
      if (params.id === 'lies') return { title: 7 as unknown as string }
      if (params.id === 'slow') await new Promise<void>((resolve) => slowRequest.resolve(resolve))
      else throw fail('noBook', `Cannot find book '${params.id}': no shelf has it`, { details: { id: params.id } })
      return { title: 'Patience' }
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/page',
    permission: 'books:read',
    summary: 'A page',
    contentType: 'text/html; charset=utf-8',
    response: z.string(),
    handler: async () => '<p>hello</p>',
  }),
]

let folder: string
let workspace: Workspace
let server: FastifyInstance
let at: Listening
const serve = (options: Partial<HttpServerOptions> = {}): Promise<FastifyInstance> =>
  createHttpServer({ workspace, routes, config: { MILLRACE_BODY_LIMIT_MB: 1 }, authorise: loopbackOnly, ...options })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-http-'))
  workspace = await openWorkspace({
    folder,
    migrations: [],
    clock: systemClock,
    ids: seededIds(systemClock, seededRandom(1)),
    log: silentLog,
    threads: 1,
  })
  server = await serve()
  at = await listen(server, { host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await server.close()
  await workspace.close()
  await rm(folder, { recursive: true })
})

const post = (body: string, type = 'application/json'): Promise<Response> =>
  fetch(`${at.url}/api/v1/shelves/top/books`, { method: 'POST', body, headers: { 'content-type': type } })

describe('createHttpServer()', () => {
  test('gives a handler what its schemas made of the request, and the actor', async () => {
    const answer = await post(JSON.stringify({ rows: [{ title: 'Emma', pages: 474 }] }))
    expect(answer.status).toBe(201)
    expect(await answer.json()).toEqual({ shelf: 'top', titles: ['Emma'], limit: 5, by: 'local' })
  })

  test('sends a page as it is where the route names a content type', async () => {
    const answer = await fetch(`${at.url}/page`)
    expect([answer.headers.get('content-type'), await answer.text()]).toEqual([
      'text/html; charset=utf-8',
      '<p>hello</p>',
    ])
  })

  test('names the field of a body that is wrong, and what is wrong with it', async () => {
    const answer = await post(
      JSON.stringify({
        rows: [
          { title: 'Emma', pages: 474 },
          { title: 'Dune', pages: 'many' },
        ],
      }),
    )
    const problem = (await answer.json()) as Record<string, unknown>
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(problem).toMatchObject({
      type: 'urn:millrace:error:http/invalidRequest',
      title: 'Invalid request',
      status: 422,
      code: 'http/invalidRequest',
      detail: 'Cannot read the body of the request: rows[1].pages: invalid input: expected number, received string',
      details: { part: 'body', problems: [{ path: 'rows[1].pages' }] },
    })
  })

  test.each([
    { what: 'a query out of bounds', path: '/api/v1/shelves/top/books?limit=11', body: '{"rows":[]}', status: 422 },
    { what: 'a body that is not JSON', path: '/api/v1/shelves/top/books', body: '{"rows":', status: 400 },
    { what: 'an empty body', path: '/api/v1/shelves/top/books', body: '', status: 400 },
    { what: 'an address where nothing is', path: '/api/v1/nowhere', body: '{}', status: 404 },
  ])('answers $status to $what', async ({ path, body, status }) => {
    const answer = await fetch(at.url + path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ status, remedy: expect.any(String) })
  })

  test('answers 405 to a method that the address does not take, and names those it takes', async () => {
    const answer = await fetch(`${at.url}/api/v1/books/1`, { method: 'DELETE' })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET'])
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded'])('answers 415 to a body of type %s', async (type) => {
    expect((await post('rows=1', type)).status).toBe(415)
  })

  test("answers a handler's failure with its code, status, remedy and details", async () => {
    const answer = await fetch(`${at.url}/api/v1/books/9`)
    expect([answer.status, await answer.json()]).toMatchObject([
      404,
      { code: 'shelf/noBook', remedy: 'Look at the list of books', details: { id: '9' }, retry: false },
    ])
  })

  test.each(['broken', 'lies'])('says nothing of the inside when a handler is %s', async (id) => {
    const answer = await fetch(`${at.url}/api/v1/books/${id}`)
    const text = await answer.text()
    expect(answer.status).toBe(500)
    expect(JSON.parse(text)).toMatchObject({ code: 'http/unexpected', requestId: answer.headers.get('x-request-id') })
    expect(text).not.toMatch(/hunter2|zod|\.ts/i)
  })

  test('describes every route as OpenAPI 3.1, made of the schemas', async () => {
    const document = (await (await fetch(`${at.url}/api/openapi.json`)).json()) as {
      openapi: string
      paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: unknown }> } }>>
      components: { schemas: Record<string, unknown> }
    }
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/api/v1/shelves/{name}/books', '/api/v1/books/{id}', '/healthz']),
    )
    const body = document.paths['/api/v1/shelves/{name}/books']?.['post']?.requestBody?.content['application/json']
    expect(body?.schema).toMatchObject({ properties: { rows: { type: 'array', minItems: 1 } }, required: ['rows'] })
    expect(document.components.schemas).toHaveProperty('Problem')
  })

  test('refuses to start with a route that declares no permission', async () => {
    const { permission: _, ...open } = routes[1] as Route
    await expect(serve({ routes: [open as Route] })).rejects.toMatchObject({
      code: 'http/noPermission',
      message: 'Cannot serve GET /api/v1/books/{id}: the route declares no permission',
    })
  })

  test('answers 413 to a body of 100 MB and reads no more of it than a connection holds', async () => {
    const { taken, answer } = await sendForEver('content-length: 104857600')
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('http/bodyTooLarge')
    expect(taken).toBeLessThan(20_000_000)
  })

  test('answers 413 to an endless chunked body', async () => {
    const { taken, answer } = await sendForEver('transfer-encoding: chunked')
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(taken).toBeLessThan(20_000_000)
  })

  test('answers 400 as problem+json to bytes that are not HTTP', async () => {
    const answer = await talk('GARBAGE\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('http/malformedRequest')
  })

  test('refuses a request for another host, such as a name rebound to this machine', async () => {
    const answer = await talk('GET /page HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 403 /)
  })

  test('says whether it is ready as it was told, and why not', async () => {
    expect((await fetch(`${at.url}/readyz`)).status).toBe(200)
    const starting = await serve({ ready: async () => ({ ready: false, why: 'the champion is loading' }) })
    const answer = await starting.inject('/readyz')
    expect([answer.statusCode, answer.headers['retry-after'], answer.json()]).toMatchObject([
      503,
      '1',
      { code: 'http/notReady', detail: 'Cannot answer requests: the champion is loading' },
    ])
    await starting.close()
  })

  test('answers the requests in flight before it closes', async () => {
    const closing = await serve()
    const { url } = await listen(closing, { host: '127.0.0.1', port: 0 })
    const slow = fetch(`${url}/api/v1/books/slow`)
    const letGo = await slowRequest.promise
    const closed = closing.close()
    letGo()
    expect(await (await slow).json()).toEqual({ title: 'Patience' })
    await closed
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
  })
})

describe('listen()', () => {
  test('says which port is in use and what to do', async () => {
    const second = await serve()
    await expect(listen(second, { host: at.host, port: at.port })).rejects.toMatchObject({
      code: 'http/portInUse',
      message: `Cannot listen on 127.0.0.1:${at.port}: another program listens there`,
      remedy: expect.stringContaining('MILLRACE_PORT'),
    })
    await second.close()
  })

  test('refuses an address that is not of this machine', async () => {
    const second = await serve()
    await expect(listen(second, { host: '192.0.2.1', port: 0 })).rejects.toMatchObject({ code: 'http/cannotListen' })
    await second.close()
  })
})

/** What the server answers to these bytes. */
function talk(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(at.port, at.host, () => socket.write(bytes))
    socket.on('data', (part) => (answer += part.toString()))
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

/** Sends a body of 100 MB as fast as the server takes it; says how much it took before it answered or hung up. */
function sendForEver(header: string): Promise<{ taken: number; answer: string }> {
  const part = Buffer.alloc(65_536, 'x')
  const chunk = header.includes('chunked') ? Buffer.concat([Buffer.from('10000\r\n'), part, Buffer.from('\r\n')]) : part
  return new Promise((resolve) => {
    let answer = ''
    let sent = 0
    const socket = connect(at.port, at.host)
    const send = (): void => {
      while (sent < 104_857_600 && socket.writable) {
        sent += part.length
        if (!socket.write(chunk)) return
      }
    }
    socket.on('drain', send)
    socket.on('data', (bytes) => (answer += bytes.toString()))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve({ taken: sent, answer }))
    socket.write(
      `POST /api/v1/shelves/top/books HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${header}\r\n\r\n`,
    )
    send()
  })
}
