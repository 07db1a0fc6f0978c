import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { protocolModels, rowSumModel } from '../../src/serving/fixtures/protocol-models.ts'
import { rawPost, rawRequest } from '../../src/serving/fixtures/raw-client.ts'
import { binaryRequest, openServer, type TestServer } from './fixtures/open-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await openServer({ MILLRACE_BODY_LIMIT_MB: '1' })
  for (const [name, versions] of Object.entries(protocolModels())) await server.load(name, versions['1'] as Uint8Array)
  await server.load('row_sum', rowSumModel(2), 2)
})
afterAll(() => server.close())

const infer: TestServer['infer'] = (...request) => server.infer(...request)

const sum = (data: readonly unknown[], shape = [1, 2]) => ({ inputs: [{ name: 'x', datatype: 'FP32', shape, data }] })
const ones = (value: number): number[] => Array<number>(16).fill(value)
const simple = {
  inputs: ['INPUT0', 'INPUT1'].map((name, k) => ({ name, datatype: 'INT32', shape: [1, 16], data: ones(3 - k) })),
}
const int32 = (value: number): Buffer => Buffer.from(Int32Array.from(ones(value)).buffer)
const float32 = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer)

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

  test('of no rows are answered by none', async () => {
    const bytes = binaryRequest({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [0, 3], parameters: { binary_data_size: 0 } }],
    })
    for (const answer of [
      await infer('row_sum/versions/1', sum([], [0, 3])),
      await infer('row_sum/versions/1', bytes.body, bytes.headers),
      // Nothing follows the JSON, so that nothing has to tell its length.
      await infer('row_sum/versions/1', bytes.body),
    ])
      expect(answer.json().outputs).toEqual([{ name: 'sum', datatype: 'FP32', shape: [0, 1], data: [] }])
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
