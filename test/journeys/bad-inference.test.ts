import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { status as codes } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GraphBuilder } from '#model'
import { grpcClient } from '../../src/serving/fixtures/grpc-client.ts'
import { identityModel, rowSumModel, simpleModel } from '../../src/serving/fixtures/protocol-models.ts'
import { rawClient, rawPost, rawRequest, type RawAnswer } from '../../src/serving/fixtures/raw-client.ts'
import { badModels, droppingModel, placesModel, textsModel } from './fixtures/bad-models.ts'
import { badRequests, tensor, type Grpc, type Rest } from './fixtures/bad-requests.ts'
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
    await server.load(name, bytes)
})
afterAll(async () => {
  grpc.close()
  await server.close()
})

let last = 0
/** Good requests by every protocol, whose numbers are their own; each must be answered by their sum. */
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
  expect(scored.json()).toEqual({ predictions: { sum: [[expected]] } })
}

const bytesOf = (body: Rest['body']): Buffer =>
  Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))

/** What is clear of an error over HTTP: its status, and whether it says what is wrong, shortly. */
function clear({ status, body }: RawAnswer, key: 'error' | 'message') {
  const json = JSON.parse(body.toString()) as Readonly<Record<string, string>>
  // What is no request of HTTP belongs to no protocol.
  const message = json[status === 431 ? 'detail' : key] ?? ''
  return [status, /^(Cannot|Request for unknown model)/.test(message) && message.length < 1100 ? 'clear' : message]
}

async function restAnswers(request: Rest | undefined, path: string): Promise<readonly RawAnswer[]> {
  if (!request) return []
  const { body, headers = [], model = 'row_sum' } = request
  const post = (more: readonly string[]) =>
    rawPost(path.replace('NAME', model), bytesOf(body), ['Content-Type: application/json', ...headers, ...more])
  // A header that stands twice is not for the fast door: so both servers are asked.
  return Promise.all([rawRequest(server.port, post([])), rawRequest(server.port, post(['Y: 1', 'Y: 2']))])
}

async function grpcStatus(call: Grpc | undefined): Promise<codes | undefined> {
  if (!call) return undefined
  const answer = 'bytes' in call ? grpc.callBytes('ModelInfer', call.bytes) : grpc.infer(call.fields)
  return answer.then(
    () => codes.OK,
    (error: { readonly code: codes }) => error.code,
  )
}

describe('a bad request is answered by a clear error, and good ones beside it are answered well', () => {
  test.each(Object.entries(badRequests))('%s', async (_, { rest, grpc: call, mlflow }) => {
    const good = [goodRequests(), goodRequests()]
    const answers = await restAnswers(rest, '/v2/models/NAME/infer')
    expect(answers.map((answer) => clear(answer, 'error'))).toEqual(answers.map(() => [rest?.status ?? 400, 'clear']))
    const scored = await restAnswers(mlflow, '/models/NAME/invocations')
    expect(scored.map((answer) => clear(answer, 'message'))).toEqual(scored.map(() => [mlflow?.status ?? 400, 'clear']))
    expect(await grpcStatus(call)).toBe(call && (call.code ?? codes.INVALID_ARGUMENT))
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
  test.each(badModels)('%s', async (_, bytes) => {
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
    const body = { parameters: { [`file:${version}/model.onnx`]: Buffer.from(rowSumModel(3)).toString('base64') } }
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
    expect(answers.map(({ status, text }) => (status === 200 ? JSON.parse(text).outputs[0].data : status))).toEqual(
      values.map((value) => (value < 100 ? [value] : 500)),
    )
  })

  test('where a model fails at the rows of another', async () => {
    const place = (at: number) => ({ inputs: [{ name: 'place', datatype: 'INT32', shape: [1, 1], data: [at] }] })
    const places = Array.from({ length: 60 }, (_, k) => (k % 7 === 0 ? 99 : k % 4))
    const answers = await Promise.all(places.map((at) => server.infer('places', place(at))))
    expect(answers.map(({ status, text }) => (status === 200 ? JSON.parse(text).outputs[0].data : status))).toEqual(
      places.map((at) => (at === 99 ? 500 : [10 * at])),
    )
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
