import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identityModel, protocolModels, rowSumModel } from '../../src/serving/fixtures/protocol-models.ts'
import { rawClient, rawPost, rawRequest } from '../../src/serving/fixtures/raw-client.ts'
import { binaryRequest, openServer, type TestServer } from './fixtures/open-server.ts'

let server: TestServer
let infer: TestServer['infer']
let call: TestServer['call']
beforeAll(async () => {
  server = await openServer({ MILLRACE_BODY_LIMIT_MB: '1' })
  ;({ infer, call } = server)
  for (const [name, versions] of Object.entries(protocolModels()))
    expect((await server.load(name, versions['1'] as Uint8Array)).status).toBe(200)
  expect((await server.load('row_sum', rowSumModel(2), 2)).status).toBe(200)
})
afterAll(() => server.close())

const sum = (data: readonly unknown[], shape = [1, 2]) => ({ inputs: [{ name: 'x', datatype: 'FP32', shape, data }] })
const ones = (value: number): number[] => Array<number>(16).fill(value)
const simple = {
  inputs: ['INPUT0', 'INPUT1'].map((name, k) => ({ name, datatype: 'INT32', shape: [1, 16], data: ones(3 - k) })),
}
const int32 = (value: number): Buffer => Buffer.from(Int32Array.from(ones(value)).buffer)
const float32 = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer)

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

describe('values', () => {
  const half = Buffer.from(Uint16Array.of(0x3c00, 0x7e00).buffer)
  const raw = (values: NodeJS.ArrayBufferView<ArrayBuffer>) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  const cases: readonly (readonly [string, string, Buffer])[] = [
    ['BOOL', '[true,false]', Buffer.of(1, 0)],
    ['UINT8', '[0,255]', Buffer.of(0, 255)],
    ['UINT16', '[0,65535]', raw(Uint16Array.of(0, 65535))],
    ['UINT32', '[0,4294967295]', raw(Uint32Array.of(0, 4294967295))],
    ['UINT64', '[0,18446744073709551615]', raw(BigUint64Array.of(0n, 18446744073709551615n))],
    ['INT8', '[-128,127]', raw(Int8Array.of(-128, 127))],
    ['INT16', '[-32768,32767]', raw(Int16Array.of(-32768, 32767))],
    ['INT32', '[-2147483648,2147483647]', raw(Int32Array.of(-2147483648, 2147483647))],
    ['INT64', '[9007199254740993,-9223372036854775808]', raw(BigInt64Array.of(9007199254740993n, -(2n ** 63n)))],
    ['FP32', '[0.10000000149011612,3.4028234663852886e+38]', raw(Float32Array.of(0.1, 3.4028234663852886e38))],
    ['FP64', '[0.1,5e-324]', raw(Float64Array.of(0.1, 5e-324))],
    [
      'BYTES',
      '["Fähre \\"7\\"",""]',
      Buffer.concat([Buffer.of(10, 0, 0, 0), Buffer.from('Fähre "7"'), Buffer.alloc(4)]),
    ],
  ]

  test.each(cases)('of %s come and go as JSON and as bytes', async (datatype, text, bytes) => {
    const model = `identity_${datatype.toLowerCase()}`
    const head = `"name":"INPUT0","datatype":"${datatype}","shape":[2]`
    const asJson = `{"inputs":[{${head},"data":${text}}]}`
    const output = { name: 'OUTPUT0', datatype, shape: [2] }
    const sent = await infer(model, asJson)
    expect(sent.text).toContain(`"data":${text}}]}`)
    const wanted = await infer(
      model,
      `${asJson.slice(0, -1)},"outputs":[{"name":"OUTPUT0","parameters":{"binary_data":true}}]}`,
    )
    expect(wanted.json().outputs).toEqual([{ ...output, parameters: { binary_data_size: bytes.length } }])
    expect(wanted.binary).toEqual(bytes)
    const input = { name: 'INPUT0', datatype, shape: [2], parameters: { binary_data_size: bytes.length } }
    const { body, headers } = binaryRequest({ inputs: [input] }, bytes)
    expect((await infer(model, body, headers)).text).toContain(`"data":${text}}]}`)
    const all = binaryRequest({ parameters: { binary_data_output: true }, inputs: [input] }, bytes)
    expect((await infer(model, all.body, all.headers)).binary).toEqual(bytes)
  })

  test('of FP16 come and go as bytes alone', async () => {
    const input = { name: 'INPUT0', datatype: 'FP16', shape: [2] }
    const { body, headers } = binaryRequest(
      { inputs: [{ ...input, parameters: { binary_data_size: 4 } }], parameters: { binary_data_output: true } },
      half,
    )
    expect((await infer('identity_fp16', body, headers)).binary).toEqual(half)
    const refused = await infer('identity_fp16', { inputs: [{ ...input, data: [1, 2] }] })
    expect(refused).toMatchObject({ status: 400, text: expect.stringContaining('FP16') })
  })

  test.each(['FP32', 'FP64'])('of %s that are no number or infinite have a form in JSON', async (datatype) => {
    const answer = await infer(
      `identity_${datatype.toLowerCase()}`,
      `{"inputs":[{"name":"INPUT0","datatype":"${datatype}","shape":[7],"data":[null,"NaN","Infinity","-Infinity",1e999,-1e999,0]}]}`,
    )
    expect(answer.text).toContain('"data":[null,null,1e999,-1e999,1e999,-1e999,0]}')
    expect(answer.json().outputs[0].data).toEqual([null, null, Infinity, -Infinity, Infinity, -Infinity, 0])
  })

  test('lie row by row, as one list, or as deep as their shape', async () => {
    for (const data of [
      [1, 2, 3, 4],
      [
        [1, 2],
        [3, 4],
      ],
    ])
      expect((await infer('row_sum', sum(data, [2, 2]))).json().outputs[0].data).toEqual([3, 7])
  })
})

describe('binary data', () => {
  test('stands beside JSON in one request, in the order of the inputs', async () => {
    const [first, second] = simple.inputs
    const mixed = binaryRequest(
      { inputs: [{ ...first, data: undefined, parameters: { binary_data_size: 64 } }, second] },
      int32(5),
    )
    expect((await infer('simple', mixed.body, mixed.headers)).json().outputs).toMatchObject([
      { name: 'OUTPUT0', data: ones(7) },
      { name: 'OUTPUT1', data: ones(3) },
    ])
    const both = binaryRequest(
      {
        inputs: [second, first].map((one) => ({ ...one, data: undefined, parameters: { binary_data_size: 64 } })),
        outputs: [{ name: 'OUTPUT1', parameters: { binary_data: true } }],
      },
      int32(1),
      int32(9),
    )
    expect((await infer('simple', both.body, both.headers)).binary).toEqual(int32(8))
  })

  test.each([
    ['all by the request', { binary_data_output: true }, [{}, {}], [true, true]],
    ['none', {}, [{}, {}], [false, false]],
    ['one by itself', {}, [{ binary_data: true }, {}], [true, false]],
    ['all by the request but one', { binary_data_output: true }, [{ binary_data: false }, {}], [false, true]],
    ['one, against the request', { binary_data_output: false }, [{}, { binary_data: true }], [false, true]],
  ])('is asked for: %s', async (_, parameters, own, expected) => {
    const outputs = own.map((parameters, k) => ({ name: `OUTPUT${k}`, parameters }))
    const answer = await infer('simple', { ...simple, parameters, outputs })
    expect(answer.json().outputs.map((one: object) => 'parameters' in one)).toEqual(expected)
    expect(answer.binary).toEqual(Buffer.concat([int32(5), int32(1)].filter((__, k) => expected[k])))
    expect(answer.headers.has('inference-header-content-length')).toBe(expected.includes(true))
  })

  test('alone is a row of the only input, and is answered alike', async () => {
    const headers = { 'inference-header-content-length': '0', 'content-type': 'application/octet-stream' }
    const answer = await infer('row_sum', float32(1.5, 2), headers)
    expect(answer.json().outputs).toEqual([
      { name: 'sum', datatype: 'FP32', shape: [1, 1], parameters: { binary_data_size: 4 } },
    ])
    expect(answer.binary).toEqual(float32(3.5))
    const text = await infer('identity_bytes', Buffer.from('Fähre'), headers)
    expect(text.binary).toEqual(Buffer.concat([Buffer.of(6, 0, 0, 0), Buffer.from('Fähre')]))
    for (const [model, bytes] of [
      ['row_sum', float32(1)],
      ['row_sum', float32(1, 2, 3)],
      ['simple', int32(1)],
    ] as const)
      expect(await infer(model, bytes, headers)).toMatchObject({
        status: 400,
        text: expect.stringMatching(/^\{"error":"Cannot/),
      })
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

describe('compression', () => {
  const zipped = Buffer.from(JSON.stringify(simple))
  test.each([
    ['gzip', gzipSync(zipped)],
    ['deflate', deflateSync(zipped)],
    ['GZIP', gzipSync(zipped)],
    ['identity', zipped],
  ])('of a request by %s is undone', async (encoding, body) => {
    const answer = await infer('simple', body, { 'content-encoding': encoding })
    expect(answer.json().outputs[0].data).toEqual(ones(5))
  })

  test.each([
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
    ['deflate, gzip;q=0', inflateSync],
    ['gzip;q=0', undefined],
    ['identity', undefined],
  ])('of an answer by %s is done for whoever asks', async (accepted, expand) => {
    const data = Array.from({ length: 20_000 }, (_, k) => k)
    const body = JSON.stringify({ inputs: [{ name: 'INPUT0', datatype: 'INT32', shape: [20_000], data }] })
    const answer = await rawRequest(
      server.port,
      rawPost('/v2/models/identity_int32/infer', gzipSync(body), [
        `Accept-Encoding: ${accepted}`,
        'Content-Encoding: gzip',
      ]),
    )
    expect(answer.headers['content-encoding']).toBe(expand && accepted.split(',')[0])
    expect(JSON.parse((expand?.(answer.body) ?? answer.body).toString()).outputs[0].data).toEqual(data)
  })

  test.each([
    ['more than the limit once expanded', 'gzip', gzipSync(Buffer.alloc(2_000_000)), 413],
    [
      'a thousand times the limit',
      'gzip',
      gzipSync(Buffer.alloc(1_000_000_000), { level: 1 }).subarray(0, 1_000_000),
      413,
    ],
    ['the same by deflate', 'deflate', deflateSync(Buffer.alloc(2_000_000)), 413],
    ['bytes that are not gzip', 'gzip', Buffer.from('no'), 400],
    ['gzip that ends early', 'gzip', gzipSync(zipped).subarray(0, -12), 400],
    ['an unknown encoding', 'br', zipped, 400],
    ['an encoding named like a part of the language', 'toString', zipped, 400],
    ['another of those', '__proto__', zipped, 400],
  ])('of a request that is %s is refused', async (_, encoding, body, status) => {
    const answer = await infer('simple', body, { 'content-encoding': encoding })
    expect(answer).toMatchObject({ status, text: expect.stringMatching(/^\{"error":"Cannot /) })
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
