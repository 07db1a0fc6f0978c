import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identityModel, protocolModels, rowSumModel } from '../../src/serving/fixtures/protocol-models.ts'
import { rawClient, rawPost, rawRequest } from '../../src/serving/fixtures/raw-client.ts'
import { openServer, type TestServer } from './fixtures/open-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await openServer({ MILLRACE_BODY_LIMIT_MB: '1' })
  for (const [name, versions] of Object.entries(protocolModels())) await server.load(name, versions['1'] as Uint8Array)
  await server.load('row_sum', rowSumModel(2), 2)
})
afterAll(() => server.close())

const infer: TestServer['infer'] = (...request) => server.infer(...request)
const call: TestServer['call'] = (...request) => server.call(...request)

const sum = (data: readonly unknown[], shape = [1, 2]) => ({ inputs: [{ name: 'x', datatype: 'FP32', shape, data }] })
const ones = (value: number): number[] => Array<number>(16).fill(value)
const simple = {
  inputs: ['INPUT0', 'INPUT1'].map((name, k) => ({ name, datatype: 'INT32', shape: [1, 16], data: ones(3 - k) })),
}

describe('the addresses of the Open Inference Protocol', () => {
  test.each(['/v2', '/v2/'])('%s tells of the server', async (path) => {
    const answer = await call('GET', path)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.json()).toEqual({
      name: 'millrace',
      version: expect.any(String),
      extensions: expect.arrayContaining(['binary_tensor_data', 'model_repository', 'statistics']),
    })
  })

  test('tell whether the server lives and is ready', async () => {
    expect((await call('GET', '/v2/health/live')).json()).toEqual({ live: true })
    expect((await call('GET', '/v2/health/ready')).json()).toEqual({ ready: true })
    expect((await call('HEAD', '/v2/health/live')).status).toBe(200)
  })

  test.each([
    ['', '2', 2],
    ['/versions/1', '1', 3],
    ['/versions/2', '2', 2],
  ])('tell of a model at /v2/models/row_sum%s', async (of, version, width) => {
    const path = `/v2/models/row_sum${of}`
    expect((await call('GET', path)).json()).toEqual({
      name: 'row_sum',
      versions: ['1', '2'],
      platform: 'onnx_onnxv1',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, width] }],
      outputs: [{ name: 'sum', datatype: 'FP32', shape: [-1, 1] }],
    })
    expect((await call('GET', `${path}/ready`)).json()).toEqual({ name: 'row_sum', ready: true })
    expect((await call('GET', `${path}/config`)).json()).toMatchObject({
      name: 'row_sum',
      platform: 'onnx_onnxv1',
      max_batch_size: 0,
      input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [-1, width] }],
    })
    const answer = await infer(`row_sum${of}`, { id: 'a "b"', ...sum(Array(width).fill(2), [1, width]) })
    expect(answer.json()).toEqual({
      model_name: 'row_sum',
      model_version: version,
      id: 'a "b"',
      parameters: { prediction_id: expect.any(String) },
      outputs: [{ name: 'sum', datatype: 'FP32', shape: [1, 1], data: [2 * width] }],
    })
    const { model_stats: stats } = (await call('GET', `${path}/stats`)).json()
    const own = stats.find((one: { version: string }) => one.version === version)
    expect(own).toMatchObject({
      name: 'row_sum',
      inference_count: expect.any(Number),
      inference_stats: { success: { count: expect.any(Number) }, queue: {}, compute_infer: {} },
    })
    expect(own.inference_stats.success.count).toBeGreaterThan(0)
  })

  test('list the models, and count what all of them did', async () => {
    expect((await call('GET', '/v2/models')).json().models).toEqual(
      expect.arrayContaining(['simple', 'row_sum', 'columns']),
    )
    expect((await call('GET', '/v2/models/stats')).json().model_stats.length).toBeGreaterThan(0)
  })

  test('load and unload', async () => {
    const index = async (body: unknown) =>
      (await call('POST', '/v2/repository/index', { body }))
        .json<{ name: string }[]>()
        .filter(({ name }) => name === 'comes')
    expect(await server.load('comes', identityModel('FP32'))).toMatchObject({ status: 200, text: '{}' })
    const ready = [{ name: 'comes', version: '1', state: 'READY', reason: '' }]
    expect(await index({})).toEqual(ready)
    const request = { inputs: [{ name: 'INPUT0', datatype: 'FP32', shape: [1], data: [1] }] }
    expect((await infer('comes', request)).status).toBe(200)
    expect((await call('POST', '/v2/repository/models/comes/unload')).text).toBe('{}')
    expect(await index(undefined)).toEqual([{ ...ready[0], state: 'UNAVAILABLE', reason: 'unloaded' }])
    expect(await index({ ready: true })).toEqual([])
    expect((await infer('comes', request)).status).toBe(404)
    expect((await call('GET', '/v2/models/comes/ready')).status).toBe(404)
    expect((await call('POST', '/v2/repository/models/comes/load')).status).toBe(200)
    expect((await infer('comes', request)).status).toBe(200)
  })
})

describe('outputs', () => {
  test('come in the order in which they are asked for, and all where none is', async () => {
    const names = async (outputs: unknown) =>
      (await infer('simple', { ...simple, outputs })).json().outputs.map(({ name }: { name: string }) => name)
    expect(await names([{ name: 'OUTPUT1' }])).toEqual(['OUTPUT1'])
    expect(await names([{ name: 'OUTPUT1' }, { name: 'OUTPUT0' }])).toEqual(['OUTPUT1', 'OUTPUT0'])
    expect(await names([])).toEqual(['OUTPUT0', 'OUTPUT1'])
    expect(await names(undefined)).toEqual(['OUTPUT0', 'OUTPUT1'])
  })
})

describe('both servers', () => {
  test.each([
    ['a plain request', 'simple', simple],
    ['a request with an id and outputs', 'simple', { id: 'x', outputs: [{ name: 'OUTPUT1' }], ...simple }],
    ['several rows', 'row_sum', sum([1, 2, 3, 4.5], [2, 2])],
    ['no rows', 'row_sum', sum([], [0, 2])],
    ['another output', 'simple', { ...simple, outputs: [{ name: 'OUTPUT9' }] }],
    ['too few values', 'row_sum', sum([1], [1, 2])],
    ['another shape', 'row_sum', sum([1], [1, 1])],
    ['no inputs', 'row_sum', {}],
    ['another model', 'nobody', simple],
  ])('answer %s alike', async (_, model, body) => {
    const post = (headers: readonly string[]) => rawPost(`/v2/models/${model}/infer`, JSON.stringify(body), headers)
    // A header that stands twice is not for the fast door.
    const [fast, complete] = await Promise.all([
      rawRequest(server.port, post([])),
      rawRequest(server.port, post(['X: 1', 'X: 2'])),
    ])
    const plain = (text: Buffer) => text.toString().replace(/"prediction_id":"[^"]*"/, '')
    expect([fast.status, plain(fast.body)]).toEqual([complete.status, plain(complete.body)])
    expect(fast.headers['content-type']).toBe(complete.headers['content-type'])
  })

  test('answer on one connection, one after the other', async () => {
    const one = await rawClient(server.port)
    const numbered = (id: number) => JSON.stringify({ id: String(id), ...simple })
    for (let id = 0; id < 40; id++)
      one.send(rawPost('/v2/models/simple/infer', numbered(id), id === 20 ? ['Expect: 100-continue'] : []))
    const answers = await one.answers(40)
    one.close()
    expect(answers.map(({ body }) => Number(JSON.parse(body.toString()).id))).toEqual(
      Array.from({ length: 40 }, (_, id) => id),
    )
  })
})

describe('many callers at once', () => {
  const json = (value: number, parameters: object) => ({
    headers: [],
    body: Buffer.from(JSON.stringify({ parameters, ...sum([value, value], [1, 2]) })),
  })
  const binary = (value: number, parameters: object) => {
    const input = { name: 'x', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } }
    const head = Buffer.from(JSON.stringify({ parameters, inputs: [input] }))
    const body = Buffer.concat([head, Buffer.from(new Float32Array([value, value]).buffer)])
    return { headers: [`Inference-Header-Content-Length: ${head.length}`], body }
  }

  test.each([
    ['JSON', json, {}],
    ['JSON of the slower form', json, { timeout: 10_000_000 }],
    ['binary data', binary, {}],
    ['binary data of the slower form', binary, { timeout: 10_000_000 }],
  ] as const)('get each the answer to its own rows, sent as %s', async (_, form, parameters) => {
    const callers = await Promise.all(Array.from({ length: 40 }, () => rawClient(server.port)))
    for (let round = 0; round < 5; round++) {
      callers.forEach((caller, value) => {
        const { headers, body } = form(value, parameters)
        caller.send(rawPost('/v2/models/row_sum/infer', body, headers))
      })
      const answers = await Promise.all(callers.map(async (caller) => (await caller.answers(1))[0]?.body.toString()))
      const sums = answers.map((text) => JSON.parse(text as string).outputs[0].data[0])
      expect(sums).toEqual(callers.map((_caller, value) => 2 * value))
    }
    for (const caller of callers) caller.close()
  })
})

describe('errors', () => {
  test.each([
    ['an unknown model', 'GET', '/v2/models/nobody', 404],
    ['an unknown model that is asked', 'POST', '/v2/models/nobody/infer', 404],
    ['an unknown version', 'GET', '/v2/models/simple/versions/9', 404],
    ['an unknown version that is asked', 'POST', '/v2/models/simple/versions/9/infer', 404],
    ['a version that is no number', 'GET', '/v2/models/simple/versions/one', 404],
    ['an unknown model to load', 'POST', '/v2/repository/models/nobody/load', 404],
    ['an unknown model to unload', 'POST', '/v2/repository/models/nobody/unload', 404],
    ['a wrong address', 'GET', '/v2/nothing', 404],
    ['an address that goes on', 'GET', '/v2/models/simple/ready/more', 404],
    ['a slash too many', 'POST', '/v2/models/simple/infer/', 404],
    ['a model without a name', 'GET', '/v2/models//ready', 404],
    ['a name that is not encoded well', 'GET', '/v2/models/%zz', 400],
    ['a name that is no UTF-8', 'GET', '/v2/models/%ff%fe', 400],
    ['the wrong method', 'GET', '/v2/models/simple/infer', 405],
    ['another wrong method', 'POST', '/v2/health/live', 405],
    ['a method that nothing takes', 'DELETE', '/v2/models/simple', 405],
    ['PATCH', 'PATCH', '/v2/models/simple', 405],
    ['OPTIONS', 'OPTIONS', '/v2/models/simple/infer', 405],
  ])('%s is answered in the form of the protocol', async (_, method, path, status) => {
    const body = method === 'POST' ? '{}' : undefined
    const answer = await call(method, path, body === undefined ? {} : { body })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.json()).toEqual({ error: expect.stringMatching(/^(Cannot|Request for unknown model)/) })
  })

  test.each([
    ['a page of another site', 'Origin: http://evil.example'],
    ['a page without an origin', 'Origin: null'],
    ['a page of another port', 'Origin: http://127.0.0.1:1'],
    ['a proxy', 'X-Forwarded-For: 10.0.0.1'],
  ])('%s is refused', async (_, header) => {
    for (const [target, body] of [
      ['/v2/models/simple/infer', JSON.stringify(simple)],
      ['/v2/repository/models/simple/unload', ''],
    ] as const) {
      const answer = await rawRequest(server.port, rawPost(target, body, [header]))
      expect([answer.status, JSON.parse(answer.body.toString())]).toEqual([
        403,
        { error: expect.stringMatching(/^Cannot/) },
      ])
    }
    expect((await call('GET', '/v2/models/simple/ready')).status).toBe(200)
  })

  test('another host is refused', async () => {
    const request = rawPost('/v2/models/simple/infer', JSON.stringify(simple)).toString('latin1')
    for (const host of ['evil.example', '127.0.0.1.evil.example', ''])
      expect(await rawRequest(server.port, request.replace('Host: 127.0.0.1', `Host: ${host}`))).toMatchObject({
        status: 403,
      })
  })

  test('the page of the server itself is answered', async () => {
    const host = `127.0.0.1:${server.port}`
    const request = rawPost('/v2/models/simple/infer', JSON.stringify(simple), [`Origin: http://${host}`]).toString(
      'latin1',
    )
    expect((await rawRequest(server.port, request.replace('Host: 127.0.0.1', `Host: ${host}`))).status).toBe(200)
  })
})
