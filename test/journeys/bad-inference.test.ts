import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { status as codes } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attribute, GraphBuilder } from '#model'
import { grpcClient, inferBytes } from '../../src/serving/fixtures/grpc-client.ts'
import { identityModel, rowSumModel, simpleModel } from '../../src/serving/fixtures/protocol-models.ts'
import { rawClient, rawPost, rawRequest, type RawAnswer } from '../../src/serving/fixtures/raw-client.ts'
import { binaryRequest, openServer, type TestServer } from './fixtures/open-server.ts'

let server: TestServer
let grpc: ReturnType<typeof grpcClient>
beforeAll(async () => {
  server = await openServer({ MILLRACE_BODY_LIMIT_MB: '2', MILLRACE_REQUEST_TIMEOUT_MS: '1500' })
  grpc = grpcClient(server.grpcPort)
  for (const [name, bytes] of Object.entries({
    row_sum: rowSumModel(3),
    simple: simpleModel('float'),
    texts: textsModel(),
    identity_int64: identityModel('INT64'),
    short: droppingModel(),
    places: placesModel(),
  }))
    expect((await server.load(name, bytes)).status).toBe(200)
})
afterAll(async () => {
  grpc.close()
  await server.close()
})

/** Sends a request by every protocol, and a good one over every protocol beside it. */
let last = 0
async function goodRequests(): Promise<void> {
  const values = [++last, 0.5, 2 * last]
  const expected = 3 * last + 0.5
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 3] }]
  const bytes = Buffer.from(Float32Array.from(values).buffer)
  const json = { id: `good ${last}`, inputs: [{ ...inputs[0], data: values }] }
  const binary = binaryRequest(
    { inputs: [{ ...inputs[0], parameters: { binary_data_size: 12 } }], parameters: { binary_data_output: true } },
    bytes,
  )
  const [fast, complete, raw, called, scored] = await Promise.all([
    rawRequest(server.port, rawPost('/v2/models/row_sum/infer', JSON.stringify(json))),
    server.infer('row_sum', json, { origin: `http://127.0.0.1:${server.port}` }),
    server.infer('row_sum', binary.body, binary.headers),
    grpc.infer({ modelName: 'row_sum', inputs, rawInputContents: [bytes] }),
    server.call('POST', '/models/row_sum/invocations', { body: { instances: [values] } }),
  ])
  for (const answer of [JSON.parse(fast.body.toString()), complete.json()])
    expect(answer).toMatchObject({ id: json.id, outputs: [{ name: 'sum', shape: [1, 1], data: [expected] }] })
  expect(raw.binary).toEqual(Buffer.from(Float32Array.of(expected).buffer))
  expect(called.rawOutputContents[0]).toEqual(Buffer.from(Float32Array.of(expected).buffer))
  expect(scored.json()).toEqual({ predictions: [[expected]] })
}

interface Rest {
  readonly body: string | Buffer | object
  /** 400 where absent. */
  readonly status?: number
  readonly model?: string
  readonly headers?: readonly string[]
}
type Grpc = { readonly code?: codes } & ({ readonly bytes: Buffer } | { readonly fields: object })

interface Bad {
  readonly rest?: Rest
  readonly grpc?: Grpc
  readonly mlflow?: Rest
}

const tensor = (more: object) => ({ name: 'x', datatype: 'FP32', shape: [1, 3], ...more })
const rest = (...inputs: readonly object[]): Rest => ({ body: { inputs } })
const called = (inputs: readonly object[], more: object = {}): Grpc => ({
  fields: { modelName: 'row_sum', inputs, ...more },
})
const typed = (...values: readonly number[]) => ({ contents: { fp32Contents: values } })
const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const sized = (size: unknown, shape = [1, 3]) => tensor({ shape, parameters: { binary_data_size: size } })
function lying(json: object, bytes: number, length?: number | string): Rest {
  const { body, headers } = binaryRequest(json, Buffer.alloc(bytes))
  return { body, headers: [`Inference-Header-Content-Length: ${length ?? headers['inference-header-content-length']}`] }
}

const cases: Record<string, Bad> = {
  'a truncated body': {
    rest: { body: JSON.stringify({ inputs: [tensor({ data: [1, 2, 3] })] }).slice(0, -9) },
    grpc: { bytes: inferBytes({ modelName: 'row_sum', inputs: [tensor(typed(1, 2, 3))] }).subarray(0, -3) },
    mlflow: { body: '{"instances": [[1, 2, 3' },
  },
  'no body': { rest: { body: '' }, grpc: { bytes: Buffer.alloc(0), code: codes.NOT_FOUND }, mlflow: { body: '' } },
  'a body that is no object': { rest: { body: '[]' }, mlflow: { body: '7' } },
  'bytes that are no UTF-8': {
    rest: { body: Buffer.from('{"id":"\xff","inputs":[]}', 'latin1') },
    grpc: { bytes: Buffer.from([0x0a, 0x02, 0xff, 0xfe]), code: codes.NOT_FOUND },
    mlflow: { body: Buffer.from('{"instances":[["\xff"]]}', 'latin1') },
  },
  'a text that is cut within a letter': {
    rest: {
      model: 'texts',
      body: Buffer.from(
        '{"inputs":[{"name":"a","datatype":"BYTES","shape":[1,1],"data":["\xc3"]},{"name":"b","datatype":"BYTES","shape":[1,2],"data":["",""]}]}',
        'latin1',
      ),
    },
  },
  'the wrong shape': {
    rest: rest(tensor({ shape: [3], data: [1, 2, 3] })),
    grpc: called([tensor({ shape: [3], ...typed(1, 2, 3) })]),
    mlflow: { body: { instances: [[1, 2]] } },
  },
  'more values than the shape says': {
    rest: rest(tensor({ data: [1, 2, 3, 4] })),
    grpc: called([tensor(typed(1, 2, 3, 4))]),
    mlflow: { body: { instances: [[1, 2, 3, 4]] } },
  },
  'fewer values than the shape says': {
    rest: rest(tensor({ shape: [2, 3], data: [1, 2, 3] })),
    grpc: called([tensor({ shape: [2, 3], ...typed(1, 2, 3) })]),
    mlflow: { body: { instances: [[1, 2, 3], [4]] } },
  },
  'the wrong datatype': {
    rest: rest(tensor({ datatype: 'INT64', data: [1, 2, 3] })),
    grpc: called([tensor({ datatype: 'INT64', contents: { int64Contents: [1, 2, 3] } })]),
    mlflow: { body: { instances: [['a', 'b', 'c']] } },
  },
  'a datatype that is none': {
    rest: rest(tensor({ datatype: 'toString', data: [1, 2, 3] })),
    grpc: called([tensor({ datatype: 'toString', ...typed(1, 2, 3) })]),
  },
  'no input': { rest: { body: { inputs: [] } }, grpc: called([]), mlflow: { body: {} } },
  'an input that is missing': {
    rest: { ...rest(tensor({ name: 'INPUT0', shape: [1, 16], data: Array(16).fill(1) })), model: 'simple' },
    grpc: called([tensor({ name: 'INPUT0', shape: [1, 16], ...typed(...Array<number>(16).fill(1)) })], {
      modelName: 'simple',
    }),
    mlflow: { model: 'simple', body: { inputs: { INPUT0: [Array(16).fill(1)] } } },
  },
  'an input too many': {
    rest: rest(tensor({ data: [1, 2, 3] }), tensor({ name: 'y', data: [1, 2, 3] })),
    grpc: called([tensor(typed(1, 2, 3)), tensor({ name: 'y', ...typed(1, 2, 3) })]),
    mlflow: { body: { inputs: { x: [[1, 2, 3]], y: [[1, 2, 3]] } } },
  },
  'an input twice': {
    rest: rest(tensor({ data: [1, 2, 3] }), tensor({ data: [4, 5, 6] })),
    grpc: called([tensor(typed(1, 2, 3)), tensor(typed(4, 5, 6))]),
  },
  'an output that is not there': {
    rest: { body: { inputs: [tensor({ data: [1, 2, 3] })], outputs: [{ name: '__proto__' }] } },
    grpc: called([tensor(typed(1, 2, 3))], { outputs: [{ name: '__proto__' }] }),
  },
  'a negative dimension': {
    rest: rest(tensor({ shape: [-1, 3], data: [1, 2, 3] })),
    grpc: called([tensor({ shape: [-1, 3], ...typed(1, 2, 3) })]),
  },
  'two negative dimensions, whose product is right': {
    rest: rest(tensor({ shape: [-1, -3], data: [1, 2, 3] })),
    grpc: called([tensor({ shape: [-1, -3], ...typed(1, 2, 3) })]),
  },
  'a dimension with a fraction': { rest: rest(tensor({ shape: [1.5, 2], data: [1, 2, 3] })) },
  'no rows': {
    rest: rest(tensor({ shape: [0, 3], data: [] })),
    grpc: called([tensor({ shape: [0, 3] })]),
    mlflow: { body: { instances: [] } },
  },
  '2^31 elements': {
    rest: rest(tensor({ shape: [2 ** 31, 3], data: [1, 2, 3] })),
    grpc: called([tensor({ shape: [2 ** 31, 3], ...typed(1, 2, 3) })]),
  },
  '999,999,999 rows that are not there': {
    rest: rest(tensor({ shape: [999_999_999, 3], data: [1, 2, 3] })),
    grpc: called([tensor({ shape: [999_999_999 / 3, 3], ...typed(1, 2, 3) })]),
  },
  'a product of dimensions that is 2^64': {
    rest: rest(tensor({ shape: [2 ** 32, 2 ** 32, 0], data: [] })),
    grpc: called([tensor({ shape: [2 ** 32, 2 ** 32, 0] })]),
  },
  'a hundred thousand dimensions': {
    rest: {
      body: `{"inputs":[{"name":"x","datatype":"FP32","shape":[${Array(100_000).fill(1).join(',')}],"data":${deep(100_000)}}]}`,
    },
    grpc: called([tensor({ shape: Array(100_000).fill(1), ...typed(1) })]),
  },
  'binary data that is longer than it says': {
    rest: lying({ inputs: [sized(12)] }, 13),
    grpc: called([tensor({})], { rawInputContents: [Buffer.alloc(13)] }),
  },
  'binary data that is shorter than it says': {
    rest: lying({ inputs: [sized(12)] }, 11),
    grpc: called([tensor({})], { rawInputContents: [Buffer.alloc(11)] }),
  },
  'binary data of another size than its shape': {
    rest: lying({ inputs: [sized(8)] }, 8),
    grpc: called([tensor({})], { rawInputContents: [Buffer.alloc(8)] }),
  },
  'binary data for no input': {
    rest: lying({ inputs: [tensor({ data: [1, 2, 3] })] }, 4),
    grpc: called([tensor({})], { rawInputContents: [Buffer.alloc(12), Buffer.alloc(12)] }),
  },
  'a negative binary size': { rest: lying({ inputs: [sized(-12)] }, 12) },
  'a binary size with a fraction': { rest: lying({ inputs: [sized(12.5)] }, 13) },
  'a binary size of 2^63': { rest: lying({ inputs: [sized(2 ** 63)] }, 12) },
  'a binary size that is text': { rest: lying({ inputs: [sized('12')] }, 12) },
  'a binary size without binary data': { rest: rest(sized(12)) },
  'an empty binary size without binary data': { rest: rest(sized(0, [0, 3])) },
  'binary data and a list of values': {
    rest: lying({ inputs: [{ ...sized(12), data: [1, 2, 3] }] }, 12),
    grpc: called([tensor(typed(1, 2, 3))], { rawInputContents: [Buffer.alloc(12)] }),
  },
  'a header length beyond the body': { rest: lying({ inputs: [sized(12)] }, 12, 99_999) },
  'a header length that cuts the JSON': { rest: lying({ inputs: [sized(12)] }, 12, 20) },
  'a negative header length': { rest: lying({ inputs: [sized(12)] }, 12, -1) },
  'a header length that is no number': { rest: lying({ inputs: [sized(12)] }, 12, 'many') },
  'texts whose length goes beyond them': {
    rest: {
      model: 'texts',
      ...lying(
        {
          inputs: [
            { name: 'a', datatype: 'BYTES', shape: [1, 1], parameters: { binary_data_size: 4 } },
            { name: 'b', datatype: 'BYTES', shape: [1, 2], data: ['', ''] },
          ],
        },
        0,
      ),
    },
    grpc: called(
      [
        { name: 'a', datatype: 'BYTES', shape: [1, 1] },
        { name: 'b', datatype: 'BYTES', shape: [1, 2] },
      ],
      { modelName: 'texts', rawInputContents: [Buffer.of(255, 255, 255, 255), Buffer.alloc(8)] },
    ),
  },
  'data of 100,000 brackets': {
    rest: { body: `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":${deep(100_000)}}]}` },
    mlflow: { body: `{"instances":${deep(100_000)}}` },
  },
  'a value of 100,000 brackets': {
    rest: { body: `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":[1,2,${deep(100_000)}]}]}` },
    mlflow: { body: `{"instances":[[1,2,${deep(100_000)}]]}` },
  },
  'a value of 100,000 brackets beside a long number': {
    rest: {
      body: `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":[1,12345678901234567890,${deep(100_000)}]}]}`,
    },
    mlflow: { body: `{"instances":[[1,12345678901234567890,${deep(100_000)}]]}` },
  },
  'a body of nothing but brackets': {
    rest: { body: '['.repeat(1_000_000) },
    grpc: { bytes: Buffer.alloc(1_000_000, 0x5b), code: codes.INVALID_ARGUMENT },
    mlflow: { body: '['.repeat(1_000_000) },
  },
  'objects of 100,000 braces': {
    rest: { body: `{"parameters":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)},"inputs":[]}` },
    mlflow: { body: `{"params":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)},"instances":[[1,2,3]]}` },
  },
  'a value beyond its datatype': {
    rest: { model: 'identity_int64', ...rest({ name: 'INPUT0', datatype: 'INT64', shape: [1], data: [2 ** 63] }) },
    mlflow: { model: 'identity_int64', body: { inputs: [2 ** 63] } },
  },
  'a timeout that is none': {
    rest: { body: { parameters: { timeout: 'soon' }, inputs: [tensor({ data: [1, 2, 3] })] } },
  },
  'a place that the table of the model does not have': {
    rest: { model: 'places', status: 500, ...rest({ name: 'place', datatype: 'INT32', shape: [1, 1], data: [99] }) },
    grpc: {
      ...called([{ name: 'place', datatype: 'INT32', shape: [1, 1], contents: { intContents: [99] } }], {
        modelName: 'places',
      }),
      code: codes.INTERNAL,
    },
    mlflow: { model: 'places', status: 500, body: { instances: [[99]] } },
  },
  'an unknown model': {
    rest: { model: 'nobody', status: 404, body: { inputs: [tensor({ data: [1, 2, 3] })] } },
    grpc: { ...called([tensor(typed(1, 2, 3))], { modelName: 'nobody' }), code: codes.NOT_FOUND },
    mlflow: { model: 'nobody', status: 404, body: { instances: [[1, 2, 3]] } },
  },
  'an unknown version': {
    rest: { model: 'row_sum/versions/7', status: 404, body: { inputs: [tensor({ data: [1, 2, 3] })] } },
    grpc: { ...called([tensor(typed(1, 2, 3))], { modelVersion: '7' }), code: codes.NOT_FOUND },
  },
  ...Object.fromEntries(
    (
      [
        ['an encoded slash', 'a%2Fb', 'a/b'],
        ['a path upwards', '..%2F..%2Fetc%2Fpasswd', '../../etc/passwd'],
        ['two points', '%2e%2e', '..'],
        ['a backslash', '..%5Crow_sum', '..\\row_sum'],
        ['NUL', 'row_sum%00', 'row_sum\0'],
        ['a line break', 'row_sum%0d%0aX:%201', 'row_sum\r\nX: 1'],
        ['a slash before it', '%2Frow_sum', '/row_sum'],
        ['a version in the name', 'row_sum%2F1', 'row_sum/1'],
        ['a part of the language', '__proto__', '__proto__'],
        ['10,000 letters', 'a'.repeat(10_000), 'a'.repeat(10_000)],
        ['letters that are encoded twice', 'row%255Fsum', 'row%5Fsum'],
      ] as const
    ).map(([title, encoded, name]): [string, Bad] => [
      `a model name with ${title}`,
      {
        rest: { model: encoded, status: 404, body: { inputs: [tensor({ data: [1, 2, 3] })] } },
        grpc: { ...called([tensor(typed(1, 2, 3))], { modelName: name }), code: codes.NOT_FOUND },
        mlflow: { model: encoded, status: encoded.length > 500 ? 400 : 404, body: { instances: [[1, 2, 3]] } },
      },
    ]),
  ),
  'a name that is badly encoded': {
    rest: { model: '%zz', body: {} },
    mlflow: { model: '%zz', body: {} },
  },
  'headers of 20,000 bytes': {
    rest: { status: 431, body: {}, headers: [`X: ${'a'.repeat(20_000)}`] },
    mlflow: { status: 431, body: {}, headers: [`X: ${'a'.repeat(20_000)}`] },
  },
  '3,000 headers': {
    rest: { status: 431, body: {}, headers: Array.from({ length: 3000 }, (_, k) => `X-${k}: 1`) },
    mlflow: { status: 431, body: {}, headers: Array.from({ length: 3000 }, (_, k) => `X-${k}: 1`) },
  },
  'a body beyond the limit': {
    rest: { status: 413, body: ' '.repeat(2_200_000) },
    grpc: { bytes: Buffer.alloc(2_200_000), code: codes.RESOURCE_EXHAUSTED },
    mlflow: { status: 413, body: ' '.repeat(2_200_000) },
  },
}

const bytesOf = (body: Rest['body']): Buffer =>
  Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))

async function restAnswers(
  { body, headers = [], model = 'row_sum' }: Rest,
  path: string,
): Promise<readonly RawAnswer[]> {
  const target = path.replace('NAME', model)
  const post = (more: readonly string[]) =>
    rawPost(target, bytesOf(body), ['Content-Type: application/json', ...headers, ...more])
  // A header that stands twice is not for the fast door: so both servers are asked.
  return Promise.all([rawRequest(server.port, post([])), rawRequest(server.port, post(['Y: 1', 'Y: 2']))])
}

const said = { 431: 'headers', 400: 'Cannot', 404: '', 413: 'larger', 500: 'Cannot' } as Record<number, string>

describe('a bad request is answered by a clear error, and good ones beside it are answered well', () => {
  test.each(Object.entries(cases))('%s', async (_, { rest, grpc: call, mlflow }) => {
    const good = [goodRequests(), goodRequests()]
    if (rest)
      for (const { status, body } of await restAnswers(rest, '/v2/models/NAME/infer')) {
        expect(status).toBe(rest.status ?? 400)
        const json = JSON.parse(body.toString()) as { error: string; detail: string }
        // What is no request of HTTP belongs to no protocol.
        const message = status === 431 ? json.detail : json.error
        expect(message).toMatch(/^(Cannot|Request for unknown model)/)
        expect(message).toContain(said[status])
        expect(message.length).toBeLessThan(2000)
      }
    if (call) {
      const answer = 'bytes' in call ? grpc.callBytes('ModelInfer', call.bytes) : grpc.infer(call.fields)
      const failure = await answer.then(
        () => undefined,
        (error: { code: codes; details: string }) => error,
      )
      expect(failure).toMatchObject({ code: call.code ?? codes.INVALID_ARGUMENT, details: expect.any(String) })
    }
    if (mlflow)
      for (const { status, body } of await restAnswers(mlflow, '/models/NAME/invocations')) {
        expect(status).toBe(mlflow.status ?? 400)
        const json = JSON.parse(body.toString()) as { error_code: string; message: string; detail: string }
        expect(status === 431 ? json.detail : json.message).toMatch(/^(Cannot|Request for unknown model)/)
      }
    await Promise.all([...good, goodRequests()])
  })
})

describe('a body that comes byte by byte', () => {
  test.concurrent.each([
    ['/v2/models/row_sum/infer', []],
    ['/v2/models/row_sum/infer', ['Transfer-Encoding: chunked']],
    ['/models/row_sum/invocations', []],
  ])('is ended in time at %s %j', async (target, headers) => {
    const client = await rawClient(server.port)
    const head = rawPost(target, 'x'.repeat(1000), ['Content-Type: application/json']).toString().replace(/x+$/, '')
    client.send(headers.length > 0 ? head.replace(/Content-Length: \d+/, String(headers[0])) : head)
    const drip = setInterval(() => client.send(headers.length > 0 ? '1\r\na\r\n' : 'a'), 50)
    const fromMs = performance.now()
    const [answer] = await Promise.all([client.answers(1).then(([first]) => first), goodRequests()])
    clearInterval(drip)
    expect(performance.now() - fromMs).toBeLessThan(5000)
    expect(answer).toMatchObject({ status: 408, headers: { connection: 'close' } })
    expect(JSON.parse(String(answer?.body))).toMatchObject({ code: 'http/tooSlow' })
    client.close()
  })
})

describe('a model file that is bad is refused, and what serves goes on', () => {
  const unknown = new GraphBuilder('unknown')
  unknown.node('NoSuchOperator', [unknown.input('x', 'float', ['N', 3])], { as: 'y' })
  unknown.output('y', 'float', ['N', 3])
  const foreign = new GraphBuilder('foreign')
  foreign.node('Secret', [foreign.input('x', 'float', ['N', 3])], { as: 'y', domain: 'com.example' })
  foreign.output('y', 'float', ['N', 3])
  const typeLie = new GraphBuilder('typeLie')
  typeLie.node('Identity', [typeLie.input('x', 'float', ['N', 3])], { as: 'y' })
  typeLie.output('y', 'int64', ['N', 3])
  const widthLie = new GraphBuilder('widthLie')
  widthLie.node('MatMul', [widthLie.input('x', 'float', ['N', 4]), widthLie.constant('float', [3, 1], [1, 1, 1])], {
    as: 'y',
  })
  widthLie.output('y', 'float', ['N', 1])
  const nothing = new GraphBuilder('nothing')
  nothing.input('x', 'float', ['N', 3])
  nothing.output('y', 'float', ['N', 3])
  const whole = Buffer.from(rowSumModel(3))

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['text', Buffer.from('this is no model')],
    ['noise', Buffer.from(Uint8Array.from({ length: 5000 }, (_, k) => (k * 7919) % 256))],
    ['a model that is cut', whole.subarray(0, -20)],
    ['a model of which some bytes are others', Buffer.concat([Buffer.alloc(8, 0xff), whole.subarray(8)])],
    ['an operator that is unknown', unknown.build({})],
    ['an operator of an unknown domain', foreign.build({ opsets: { 'com.example': 1 } })],
    ['an output of another type than it says', typeLie.build({})],
    ['an input of another width than it takes', widthLie.build({})],
    ['an output that nothing makes', nothing.build({})],
  ])('%s', async (_, bytes) => {
    const [loaded, called] = await Promise.all([
      server.load('row_sum', bytes, 2),
      grpc
        .call('RepositoryModelLoad', {
          modelName: 'row_sum',
          parameters: { 'file:2/model.onnx': { bytesParam: bytes } },
        })
        .then(
          () => undefined,
          (error: { code: codes; details: string }) => error,
        ),
      goodRequests(),
    ])
    expect(loaded).toMatchObject({ status: 400, text: expect.stringMatching(/^\{"error":"Cannot load/) })
    expect(called).toMatchObject({ code: codes.INVALID_ARGUMENT, details: expect.stringMatching(/^Cannot load/) })
    expect((await server.call('GET', '/v2/models/row_sum')).json().versions).toEqual(['1'])
    await goodRequests()
  })

  test.each(['..%2f..%2fetc', 'a%00b', 'a%2fb', 'a%5cb', 'a%0ab', '%20', '-a', 'a'.repeat(129), 'f%C3%A4hre'])(
    'a good file under the name %s',
    async (name) => {
      expect(await server.load(name, rowSumModel(3))).toMatchObject({
        status: 400,
        text: expect.stringContaining('Cannot load'),
      })
    },
  )

  test.each(['0', '-1', '1e3', '..', '1/../2', '99999999999'])('a good file under the version %s', async (version) => {
    const body = { parameters: { [`file:${version}/model.onnx`]: whole.toString('base64') } }
    expect(await server.call('POST', '/v2/repository/models/other/load', { body })).toMatchObject({ status: 400 })
  })

  test('an output whose shape is not what the file says is answered as it is', async () => {
    const graph = new GraphBuilder('shapeLie')
    graph.node('Identity', [graph.input('x', 'float', ['N', 'M'])], { as: 'y' })
    graph.output('y', 'float', ['N', 7])
    expect((await server.load('shape_lie', graph.build({}))).status).toBe(200)
    const answer = await server.infer('shape_lie', { inputs: [tensor({ shape: [2, 1], data: [1, 2] })] })
    expect(answer.json().outputs).toEqual([{ name: 'y', datatype: 'FP32', shape: [2, 1], data: [1, 2] }])
  })
})

describe('no request gets what belongs to another', () => {
  const number = (value: number) => ({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [value] }] })

  test('where a model gives fewer rows than it was given', async () => {
    const values = Array.from({ length: 60 }, (_, k) => (k % 3 === 0 ? 1000 + k : k))
    const answers = await Promise.all(values.map((value) => server.infer('short', number(value))))
    for (const [k, answer] of answers.entries()) {
      const value = values[k] as number
      if (value < 100) expect(answer.json().outputs).toMatchObject([{ shape: [1], data: [value] }])
      else expect(answer).toMatchObject({ status: 500, text: expect.stringMatching(/^\{"error":"Cannot/) })
    }
  })

  test('where a model fails at the rows of another', async () => {
    const place = (at: number) => ({ inputs: [{ name: 'place', datatype: 'INT32', shape: [1, 1], data: [at] }] })
    const places = Array.from({ length: 60 }, (_, k) => (k % 7 === 0 ? 99 : k % 4))
    const answers = await Promise.all(places.map((at) => server.infer('places', place(at))))
    for (const [k, { status, text }] of answers.entries())
      if (places[k] === 99)
        expect([status, text]).toEqual([500, expect.stringMatching(/^\{"error":"Cannot run the model/)])
      else expect([status, text]).toEqual([200, expect.stringContaining(`"data":[${10 * (places[k] as number)}]`)])
  })

  test('where a request of many texts comes before one of few', async () => {
    const rows = 120_000
    const many = {
      inputs: [
        { name: 'a', datatype: 'BYTES', shape: [rows, 1], data: Array(rows).fill('m') },
        { name: 'b', datatype: 'BYTES', shape: [rows, 2], data: Array(rows * 2).fill('n') },
      ],
    }
    const few = (text: string) => ({
      inputs: [
        { name: 'a', datatype: 'BYTES', shape: [1, 1], data: [text] },
        { name: 'b', datatype: 'BYTES', shape: [1, 2], data: [`${text}1`, `${text}2`] },
      ],
    })
    const askFew = async (): Promise<(readonly [number, boolean])[]> => {
      const texts = Array.from({ length: 20 }, (_, k) => `t${k}`)
      const answers = await Promise.all(texts.map((text) => server.infer('texts', few(text))))
      return answers.map(({ status, text }, k) => [
        status,
        text.includes(`"data":["t${k}"]`) && text.includes(`"data":["t${k}1","t${k}2"]`),
      ])
    }
    const [large, ...beside] = await Promise.all([server.infer('texts', many), askFew(), askFew()])
    expect([200, 503]).toContain(large.status)
    // While the large one waits, its model may have no room for others.
    for (const [status, isOwn] of beside.flat()) expect([status, isOwn]).toEqual(isOwn ? [200, true] : [503, false])
    for (const answer of await askFew()) expect(answer).toEqual([200, true])
  })
})

test('the log holds every answer on a line of its own, however its request was spaced', async () => {
  const spaced = JSON.stringify({ inputs: [tensor({ data: [[4321.5, 2, 3]] })] }, null, '\r\n\t ')
  const { body } = await rawRequest(server.port, rawPost('/v2/models/row_sum/infer', spaced))
  const { prediction_id: id } = JSON.parse(body.toString()).parameters
  const folder = join(server.app.workspace.folder, 'predictions')
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const texts = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
  )
  const lines = texts
    .join('')
    .split('\n')
    .filter((line) => line.includes(id))
  expect(lines.map((line) => JSON.parse(line).inputs)).toEqual([{ x: [4321.5, 2, 3] }])
})

/** Text of two widths, given back. */
function textsModel(): Uint8Array {
  const graph = new GraphBuilder('texts')
  for (const [name, width] of Object.entries({ a: 1, b: 2 })) {
    graph.node('Identity', [graph.input(name, 'string', ['N', width])], { as: `${name}_out` })
    graph.output(`${name}_out`, 'string', ['N', width])
  }
  return graph.build({})
}

/** Says that it gives a value for each, and leaves out those of 100 and more. */
function droppingModel(): Uint8Array {
  const graph = new GraphBuilder('dropping')
  const x = graph.input('x', 'float', ['N'])
  const keeps = graph.node('Less', [x, graph.constant('float', [1], [100])])
  graph.node('Compress', [x, keeps], { attributes: { axis: attribute.int(0) }, as: 'y' })
  graph.output('y', 'float', ['N'])
  return graph.build({})
}

/** Looks places up in a table of four. */
function placesModel(): Uint8Array {
  const graph = new GraphBuilder('places')
  graph.node('Gather', [graph.constant('float', [4], [0, 10, 20, 30]), graph.input('place', 'int32', ['N', 1])], {
    as: 'value',
  })
  graph.output('value', 'float', ['N', 1])
  return graph.build({})
}
