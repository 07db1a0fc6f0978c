import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { openApp, type App, type AppListening } from '#app'
import { createToken, openAccess, revokeToken, type TokenOrder } from '#governance'
import { createHttpServer, defineRoute, readConfig, type Protocol } from '#platform'
import { addingModel } from '../../src/serving/fixtures/engine-graphs.ts'
import { grpcClient } from '../../src/serving/fixtures/grpc-client.ts'
import { rawClient, rawPost } from '../../src/serving/fixtures/raw-client.ts'
import { methods } from '../../src/serving/grpc/methods.ts'
import { answeredAddresses } from './fixtures/answered-addresses.ts'

/** What anybody may ask: whether the server is there, and what kind of server it is. */
const publicAddresses = [
  '/ajax-api/3.0/mlflow/server-info',
  '/api/3.0/mlflow/server-info',
  '/health',
  '/healthz',
  '/ping',
  '/readyz',
  '/v2/health/live',
  '/v2/health/ready',
]
  .flatMap((target) => [`GET ${target}`, `HEAD ${target}`])
  .sort()
const publicCalls = ['ServerLive', 'ServerReady']

const config = readConfig({
  MILLRACE_LOG: 'silent',
  MILLRACE_ACCESS: 'tokens',
  MILLRACE_THREADS: '1',
  MILLRACE_SERVING_PROCESSES: '1',
  MILLRACE_GRPC_PORT: '0',
})
let folder: string
let app: App
let at: AppListening
/** Texts of tokens. */
const texts = { none: '', caller: '', admin: '' }
const make = async (order: Omit<TokenOrder, 'by'>): Promise<string> =>
  (await createToken(app.workspace, { ...order, by: 'a test' })).text

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'access-'))
  app = await openApp({ folder: join(folder, 'store'), config, worker: false, servesBeside: true })
  at = await app.listen({ port: 0 })
  texts.none = await make({ name: 'none', scopes: [] })
  texts.caller = await make({ name: 'caller', scopes: ['prediction:make'] })
  texts.admin = await make({ name: 'admin', role: 'admin' })
  await load(texts.admin)
  // From now on a process beside this one answers, and passes on what is not for it.
  await vi.waitUntil(() => !at.pids().includes(process.pid), { timeout: 60_000 })
}, 90_000)
afterAll(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

const bearer = (text: string) => ({ authorization: `Bearer ${text}` })
const send = (method: string, target: string, headers: Record<string, string> = {}, body?: string) =>
  fetch(at.url + target, { method, headers, ...(body === undefined ? {} : { body }) })

/** Hands a model file over. */
const load = (text: string): Promise<Response> => {
  const file = { parameters: { 'file:1/model.onnx': Buffer.from(addingModel(1)).toString('base64') } }
  return send('POST', '/v2/repository/models/adds/load', bearer(text), JSON.stringify(file))
}

describe.each<[string, () => Record<string, string>, status]>([
  ['no token', () => ({}), status.UNAUTHENTICATED],
  ['a token without any scope', () => bearer(texts.none), status.PERMISSION_DENIED],
])('a request with %s', (_, headers, code) => {
  test('is answered where that is public, and refused everywhere else', async () => {
    const ask = async (method: string, target: string): Promise<number> => {
      const answer = await send(method, target, headers())
      await answer.arrayBuffer()
      return answer.status
    }
    expect(app.addresses.length).toBeGreaterThan(150)
    expect(await answeredAddresses([...app.addresses, { method: 'GET', target: '/nowhere' }], ask)).toEqual(
      publicAddresses,
    )
  })

  test('is refused by every call of gRPC but the public ones', async () => {
    const client = grpcClient(at.grpcPort as number)
    const codes = await Promise.all(
      Object.keys(methods).map(async (name) => {
        const call = client.callBytes(name, Buffer.alloc(0), { headers: headers() })
        return [name, await call.then(() => status.OK).catch((error: { code: number }) => error.code)]
      }),
    )
    client.close()
    expect(Object.fromEntries(codes)).toEqual(
      Object.fromEntries(Object.keys(methods).map((name) => [name, publicCalls.includes(name) ? status.OK : code])),
    )
  })
})

describe('a walk over every address', () => {
  const protocol: Protocol = {
    paths: ['/planted/*'],
    permission: ({ target }) => (target === '/planted/open' ? 'public' : 'system:read'),
    addresses: [
      { method: 'GET', target: '/planted/open' },
      { method: 'GET', target: '/planted/closed' },
    ],
    refuse: ({ status: code }) => ({ status: code, contentType: 'text/plain', body: '' }),
    answer: () => Promise.resolve({ status: 200, contentType: 'text/plain', body: '' }),
  }

  test('finds one that is open, be it a route or below an address of a protocol', async () => {
    const route = defineRoute({
      method: 'POST',
      path: '/api/v1/planted/{name}',
      permission: 'public',
      summary: 'An open door',
      params: z.object({ name: z.string() }),
      response: z.object({}),
      handler: () => Promise.resolve({}),
    })
    const { workspace } = app
    const authorise = openAccess(workspace, config)
    const server = await createHttpServer({ workspace, config, authorise, routes: [route], protocols: [protocol] })
    const found = await answeredAddresses(server.everyAddress, async (method, url) => {
      const { statusCode } = await server.inject({ method: method as 'GET', url })
      return statusCode
    })
    await server.close()
    expect(found).toEqual(expect.arrayContaining(['POST /api/v1/planted/x', 'GET /planted/open']))
    expect(found).not.toContain('GET /planted/closed')
  })
})

describe('a refusal', () => {
  test.each([
    ['/api/v1/systems', 'application/problem+json', { code: 'governance/noToken', status: 401 }],
    ['/v2/models', 'application/json', { error: expect.stringContaining('Bearer TOKEN') }],
    ['/version', 'application/json', { error_code: 'UNAUTHENTICATED' }],
    ['/api/2.0/mlflow/runs/get', 'application/json', { error_code: 'UNAUTHENTICATED' }],
    ['/api/2.0/mlflow-artifacts/artifacts/0/x', 'application/json', { error_code: 'UNAUTHENTICATED' }],
  ])('of %s without a token has the form of its protocol, and says how to send one', async (target, type, body) => {
    const answer = await send('GET', target)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([401, type])
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer realm="millrace", Basic realm="millrace", charset="UTF-8"',
    )
    expect(await answer.json()).toMatchObject(body)
  })

  test.each([
    ['/api/v1/systems', { code: 'governance/notPermitted', status: 403 }],
    ['/v2/models', { error: expect.stringContaining("may not do 'system:read'") }],
    ['/version', { error_code: 'PERMISSION_DENIED' }],
    ['/api/2.0/mlflow/runs/get', { error_code: 'PERMISSION_DENIED' }],
    ['/api/2.0/mlflow-artifacts/artifacts/0/x', { error_code: 'PERMISSION_DENIED' }],
  ])('of %s with a token that may not has the form of its protocol', async (target, body) => {
    const answer = await send('GET', target, bearer(texts.caller))
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject(body)
  })
})

describe('tokens at the door of a serving process', () => {
  const row = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [2] }] })
  const target = '/v2/models/adds/infer'

  test('let only those change what is served who may', async () => {
    expect((await load(texts.caller)).status).toBe(403)
    expect((await load(texts.admin)).status).toBe(200)
  })

  test('let their bearers predict until they are revoked, also on a connection that is open', async () => {
    const { token, text } = await createToken(app.workspace, {
      name: 'gone',
      scopes: ['prediction:make'],
      by: 'a test',
    })
    const client = await rawClient(at.port)
    /** Status of the next answer; one of the fast door has no id of its request. */
    const ask = async (): Promise<string> => {
      client.send(rawPost(target, row, [`Authorization: Bearer ${text}`]))
      const [answer] = await client.answers(1)
      return `${answer?.status} ${answer && 'x-request-id' in answer.headers ? 'by the complete server' : 'fast'}`
    }
    expect([await ask(), await ask()]).toEqual(['200 fast', '200 fast'])
    await revokeToken(app.workspace, { id: token.id, by: 'a test' })
    await expect.poll(ask, { timeout: 20_000, interval: 200 }).toBe('401 by the complete server')
    client.close()
    const grpc = grpcClient(at.grpcPort as number)
    await expect(grpc.call('ServerMetadata', {}, { headers: bearer(text) })).rejects.toMatchObject({
      code: status.UNAUTHENTICATED,
      details: expect.stringContaining("the token 'gone' was revoked"),
    })
    grpc.close()
  })

  test('are taken as the password of Basic, of whatever user', async () => {
    const basic = `Basic ${Buffer.from(`anybody:${texts.caller}`).toString('base64')}`
    expect((await send('POST', target, { authorization: basic }, row)).status).toBe(200)
  })
})
