import { status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fail } from '../failures.ts'
import { grpcClient } from '../fixtures/grpc-client.ts'
import { door, identity, input, openGrpcService } from '../fixtures/grpc-service.ts'
import { simpleModel } from '../fixtures/protocol-models.ts'
import type { Inference } from '../inference/schema.ts'
import { listenGrpc } from './listen-grpc.ts'

let inference: Inference
let service: Awaited<ReturnType<typeof openGrpcService>>
let client: typeof service.client
beforeAll(async () => {
  service = await openGrpcService()
  client = service.client
  inference = service.inference
})
afterAll(() => service.close())

describe('listenGrpc()', () => {
  /** The fixture's interface with one answer replaced by a real error of the catalogue, or an unforeseen one. */
  const failing = (error: Error) => ({ ...inference, infer: () => Promise.reject(error) })
  test.each([
    [fail('overloaded', 'Cannot run x: its queue is full'), status.UNAVAILABLE, 'Cannot run x: its queue is full'],
    [fail('deadlineExceeded', 'Cannot run x: it is late'), status.DEADLINE_EXCEEDED, 'Cannot run x: it is late'],
    [new Error('at /secret/path'), status.INTERNAL, 'Cannot answer: the server met an unexpected error'],
    [
      fail('badInput', `Cannot read '\ud800${'ü%'.repeat(900)}'`),
      status.INVALID_ARGUMENT,
      expect.stringMatching(/^Cannot read '\ufffdü%ü/),
    ],
  ])('answers %s with code %i', async (error, code, details) => {
    const other = await listenGrpc({ inference: failing(error), ...door })
    const caller = grpcClient(other.port)
    await expect(caller.infer({ modelName: 'x' })).rejects.toMatchObject({ code, details })
    caller.close()
    await other.close()
  })

  test('hands the lesser of the deadline and the parameter timeout on, in microseconds', async () => {
    const seen: unknown[] = []
    const watched = {
      ...inference,
      infer: (request: Parameters<typeof inference.infer>[0]) => (
        seen.push(request.parameters?.['timeout']),
        inference.infer(request)
      ),
    }
    const other = await listenGrpc({ inference: watched, ...door })
    const caller = grpcClient(other.port)
    const request = identity('FP32', { inputs: [input('FP32', [0])] })
    await caller.infer(request)
    await caller.infer(request, { deadlineMs: 5000 })
    await caller.infer({ ...request, parameters: { timeout: { int64Param: 2_000_000 } } }, { deadlineMs: 5000 })
    await caller.infer({ ...request, parameters: { timeout: { uint64Param: 9_000_000 } } }, { deadlineMs: 5000 })
    caller.close()
    await other.close()
    expect(seen).toEqual([undefined, expect.closeTo(5e6, -6), 2_000_000, expect.closeTo(5e6, -6)])
  })

  test('hands parameters of every kind on, and answers with those of the model', async () => {
    const seen: unknown[] = []
    const parameters = { prediction_id: 'p-1', rows: 3, share: 0.5, shadow: false }
    const infer = async (request: Parameters<typeof inference.infer>[0]) => {
      seen.push(request.parameters)
      return { ...(await inference.infer(request)), parameters }
    }
    const other = await listenGrpc({ inference: { ...inference, infer }, ...door })
    const caller = grpcClient(other.port)
    const sent = {
      text: { stringParam: '' },
      flag: { boolParam: false },
      count: { int64Param: -5 },
      share: { doubleParam: 0.25 },
      ['__proto__']: { stringParam: 'x' },
    }
    const answer = await caller.infer(identity('FP32', { inputs: [input('FP32', [0])], parameters: sent }))
    caller.close()
    await other.close()
    expect(Object.entries(seen[0] as object)).toEqual([
      ['text', ''],
      ['flag', false],
      ['count', -5],
      ['share', 0.25],
      ['__proto__', 'x'],
    ])
    expect(answer.parameters).toMatchObject({
      prediction_id: { stringParam: 'p-1' },
      rows: { int64Param: '3' },
      share: { doubleParam: 0.5 },
      shadow: { boolParam: false },
    })
  })

  test('refuses callers from elsewhere before their message is read, but tells anyone whether it lives', async () => {
    const caller = grpcClient(service.server.port, { authority: 'elsewhere.example:80' })
    await expect(caller.callBytes('ModelInfer', Buffer.from([255]))).rejects.toMatchObject({
      code: status.PERMISSION_DENIED,
      details: expect.stringContaining("'elsewhere.example'"),
    })
    await expect(caller.call('ServerLive')).resolves.toEqual({ live: true })
    await expect(
      client.call('RepositoryIndex', {}, { headers: { 'x-forwarded-for': '10.0.0.1' } }),
    ).rejects.toMatchObject({
      code: status.PERMISSION_DENIED,
    })
    caller.close()
  })

  test('answers calls in flight when it closes, and takes no new ones', async () => {
    const other = await listenGrpc({ inference, ...door })
    const caller = grpcClient(other.port)
    await caller.call('ServerLive')
    const raw = Buffer.alloc(40_000)
    const last = caller.infer(identity('FP32', { inputs: [input('FP32', [10_000])], rawInputContents: [raw] }))
    await caller.call('ServerReady')
    await other.close()
    expect((await last).rawOutputContents).toEqual([raw])
    await expect(caller.call('ServerLive', {}, { deadlineMs: 500 })).rejects.toBeDefined()
    caller.close()
  })

  test('shares its port with another server of the same kind, but not with one that will not share', async () => {
    const other = await listenGrpc({ inference, ...door, port: service.server.port })
    expect(other.port).toBe(service.server.port)
    await other.close()
    await expect(
      listenGrpc({ inference, ...door, port: service.server.port, sharedPort: false }),
    ).rejects.toMatchObject({
      code: 'http/portInUse',
    })
  })
})

describe('the other calls', () => {
  test('tell what the server and its models are', async () => {
    expect(await client.call('ServerReady')).toEqual({ ready: true })
    expect(await client.call('ServerMetadata')).toMatchObject({ name: 'millrace', version: '1.2.3' })
    expect(await client.call('ModelReady', { name: 'simple', version: '1' })).toEqual({ ready: true })
    expect(await client.call('ModelReady', { name: 'simple', version: '2' })).toEqual({ ready: false })
    expect(await client.call('ModelReady', { name: 'nobody' })).toEqual({ ready: false })
    expect(await client.call('ModelMetadata', { name: 'simple' })).toEqual({
      name: 'simple',
      versions: ['1'],
      platform: 'onnx_onnxv1',
      inputs: ['INPUT0', 'INPUT1'].map((name) => ({ name, datatype: 'INT32', shape: ['-1', '16'] })),
      outputs: ['OUTPUT0', 'OUTPUT1'].map((name) => ({ name, datatype: 'INT32', shape: ['-1', '16'] })),
    })
    const { config } = await client.call('ModelConfig', { name: 'identity_bytes' })
    expect(config).toMatchObject({
      name: 'identity_bytes',
      backend: 'onnxruntime',
      input: [{ dataType: 13, dims: ['-1'] }],
    })
    await expect(client.call('ModelMetadata', { name: 'nobody' })).rejects.toMatchObject({ code: status.NOT_FOUND })
  })

  test('load a file that is handed over, unload it, and load it again', async () => {
    const file = { 'file:3/model.onnx': { bytesParam: simpleModel() } }
    await client.call('RepositoryModelLoad', {
      modelName: 'new',
      parameters: { config: { stringParam: '{}' }, ...file },
    })
    expect((await client.call('RepositoryIndex')).models).toContainEqual({
      name: 'new',
      version: '3',
      state: 'READY',
      reason: '',
    })
    await client.call('RepositoryModelUnload', { modelName: 'new' })
    expect(await client.call('ModelReady', { name: 'new' })).toEqual({ ready: false })
    expect((await client.call('RepositoryIndex', { ready: true })).models).not.toContainEqual(
      expect.objectContaining({ name: 'new' }),
    )
    await client.call('RepositoryModelLoad', { modelName: 'new' })
    expect(await client.call('ModelReady', { name: 'new' })).toEqual({ ready: true })
  })

  test.each([
    [
      'a path for a version',
      { 'file:../1/model.onnx': { bytesParam: Buffer.from('x') } },
      "'file:../1/model.onnx' does not name a model file",
    ],
    ['a version of dots', { 'file:../model.onnx': { bytesParam: Buffer.from('x') } }, 'does not name a model file'],
    ['text for bytes', { 'file:1/model.onnx': { stringParam: 'x' } }, 'holds no bytes'],
    ['two files', { 'file:1/model.onnx': {}, 'file:2/model.onnx': {} }, '2 files were sent'],
    ['a corrupt file', { 'file:1/model.onnx': { bytesParam: Buffer.from('no model') } }, 'Cannot load the model'],
  ])('refuse to load %s', async (_, parameters, details) => {
    await expect(client.call('RepositoryModelLoad', { modelName: 'other', parameters })).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining(details),
    })
  })

  test('count what was inferred', async () => {
    const statistics = async () => (await client.call('ModelStatistics', { name: 'row_sum' })).modelStats[0]
    const before = await statistics()
    const rows = {
      name: 'x',
      datatype: 'FP32',
      shape: [5, 3],
      contents: { fp32Contents: Array.from({ length: 15 }, () => 1) },
    }
    await client.infer({ modelName: 'row_sum', inputs: [rows] })
    const after = await statistics()
    expect(before).toMatchObject({ name: 'row_sum', version: '1', lastInference: '0', inferenceCount: '0' })
    expect(after).toMatchObject({
      inferenceCount: '5',
      executionCount: '1',
      batchStats: [{ batchSize: '8', computeInfer: { count: '1' } }],
    })
    expect(Number(after.inferenceStats.success.ns)).toBeGreaterThan(0)
  })
})
