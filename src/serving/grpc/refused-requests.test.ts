import { status } from '@grpc/grpc-js'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inferBytes } from '../fixtures/grpc-client.ts'
import { identity, input, openGrpcService } from '../fixtures/grpc-service.ts'

let service: Awaited<ReturnType<typeof openGrpcService>>
let client: typeof service.client
beforeAll(async () => {
  service = await openGrpcService()
  client = service.client
})
afterAll(() => service.close())

describe('ModelInfer', () => {
  const four = input('FP32', [4])
  const sixteen = Buffer.alloc(16)
  test.each([
    ['a model that is not there', { modelName: 'nobody', inputs: [] }, status.NOT_FOUND, 'nobody'],
    ['a path for a name', { modelName: '../../etc/passwd', inputs: [] }, status.NOT_FOUND, 'passwd'],
    [
      'a version that is not there',
      identity('FP32', { modelVersion: '7', inputs: [four], rawInputContents: [sixteen] }),
      status.NOT_FOUND,
      '7',
    ],
    ['no input', identity('FP32', {}), status.INVALID_ARGUMENT, "input 'INPUT0' is missing"],
    [
      'an input that is not there',
      identity('FP32', { inputs: [four, { ...four, name: 'x' }], rawInputContents: [sixteen, sixteen] }),
      status.INVALID_ARGUMENT,
      "no input 'x'",
    ],
    [
      'an output that is not there',
      identity('FP32', { inputs: [four], rawInputContents: [sixteen], outputs: [{ name: 'y' }] }),
      status.INVALID_ARGUMENT,
      "no output 'y'",
    ],
    [
      'another datatype',
      identity('FP32', { inputs: [input('INT32', [4])], rawInputContents: [sixteen] }),
      status.INVALID_ARGUMENT,
      'is INT32, expected FP32',
    ],
    [
      'another number of dimensions',
      identity('FP32', { inputs: [input('FP32', [2, 2])], rawInputContents: [sixteen] }),
      status.INVALID_ARGUMENT,
      'has the shape [2, 2]',
    ],
    [
      'a datatype that does not exist',
      identity('FP32', { inputs: [input('FLOAT', [4])], rawInputContents: [sixteen] }),
      status.INVALID_ARGUMENT,
      "'FLOAT' is no datatype",
    ],
    [
      'a datatype named like a part of the language',
      identity('FP32', { inputs: [input('constructor', [4])], rawInputContents: [sixteen] }),
      status.INVALID_ARGUMENT,
      'is no datatype',
    ],
    [
      'a negative dimension',
      identity('FP32', { inputs: [input('FP32', [-1])], rawInputContents: [sixteen] }),
      status.INVALID_ARGUMENT,
      'has the dimension -1',
    ],
    [
      '2^31 elements',
      identity('FP32', { inputs: [input('FP32', [2 ** 31])], rawInputContents: [sixteen] }),
      status.INVALID_ARGUMENT,
      '2^31 elements or more',
    ],
    [
      '2^63 - 1 elements',
      identity('FP32', { inputs: [input('FP32', ['9223372036854775807'])] }),
      status.INVALID_ARGUMENT,
      '2^31 elements or more',
    ],
    [
      'a billion elements that are not there',
      identity('FP32', { inputs: [input('FP32', [1e9], { fp32Contents: [1] })] }),
      status.INVALID_ARGUMENT,
      'got fewer',
    ],
    [
      'too few raw bytes',
      identity('FP32', { inputs: [four], rawInputContents: [Buffer.alloc(15)] }),
      status.INVALID_ARGUMENT,
      'takes 16 bytes, got 15',
    ],
    [
      'too few values',
      identity('FP32', { inputs: [input('FP32', [4], { fp32Contents: [1, 2, 3] })] }),
      status.INVALID_ARGUMENT,
      'takes 4 values in fp32_contents, got 3',
    ],
    [
      'too many values',
      identity('FP32', { inputs: [input('FP32', [2], { fp32Contents: [1, 2, 3] })] }),
      status.INVALID_ARGUMENT,
      'got more',
    ],
    [
      'values in another field',
      identity('FP32', { inputs: [input('FP32', [2], { fp64Contents: [1, 2] })] }),
      status.INVALID_ARGUMENT,
      'got values in another field',
    ],
    [
      'a number beyond its datatype',
      identity('INT8', { inputs: [input('INT8', [1], { intContents: [128] })] }),
      status.INVALID_ARGUMENT,
      'element 0 is 128, which is no INT8',
    ],
    [
      'typed halves',
      identity('FP16', { inputs: [input('FP16', [1], { fp32Contents: [1] })] }),
      status.INVALID_ARGUMENT,
      'FP16 has no typed contents',
    ],
    [
      'raw and typed contents',
      identity('FP32', { inputs: [input('FP32', [4], {})], rawInputContents: [sixteen] }),
      status.INVALID_ARGUMENT,
      'raw_input_contents are there too',
    ],
    [
      'fewer raw contents than inputs',
      { modelName: 'simple', inputs: [four, four], rawInputContents: [sixteen] },
      status.INVALID_ARGUMENT,
      'has 2 inputs, but 1 raw_input_contents',
    ],
    [
      'the same input twice',
      identity('FP32', { inputs: [four, four], rawInputContents: [sixteen, sixteen] }),
      status.INVALID_ARGUMENT,
      'given twice',
    ],
    [
      'text that is not UTF-8',
      identity('BYTES', { inputs: [input('BYTES', [1], { bytesContents: [Buffer.from([255])] })] }),
      status.INVALID_ARGUMENT,
      'is not valid UTF-8',
    ],
    [
      'a lying length in raw text',
      identity('BYTES', { inputs: [input('BYTES', [1])], rawInputContents: [Buffer.from([255, 255, 255, 127])] }),
      status.INVALID_ARGUMENT,
      'says that it has 2147483647 bytes',
    ],
    [
      'shared memory',
      identity('FP32', { inputs: [{ ...four, parameters: { shared_memory_region: { stringParam: 'x' } } }] }),
      status.INVALID_ARGUMENT,
      'an extension that is not served',
    ],
    [
      'a parameter without a value',
      identity('FP32', { inputs: [], parameters: { timeout: {} } }),
      status.INVALID_ARGUMENT,
      "'timeout' has no value",
    ],
  ])('refuses %s', async (_, request, code, details) => {
    await expect(client.infer(request)).rejects.toMatchObject({ code, details: expect.stringContaining(details) })
  })

  test('refuses bytes that are no message, and never answers them with an inner error', async () => {
    const whole = inferBytes(
      identity('FP32', { inputs: [four], rawInputContents: [sixteen], parameters: { a: { boolParam: true } } }),
    )
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 }), async (at, noise) => {
        const cut = whole.subarray(0, at)
        const noisy = Buffer.concat([cut, noise, whole.subarray(at + noise.length)])
        for (const bytes of [cut, noisy]) {
          const code = await client.callBytes('ModelInfer', bytes).then(
            () => status.OK,
            (error) => error.code,
          )
          expect([status.OK, status.INVALID_ARGUMENT, status.NOT_FOUND]).toContain(code)
        }
      }),
      { numRuns: 150 },
    )
    await expect(client.callBytes('ModelMetadata', Buffer.from([0x0a, 0xff]))).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'Cannot read the request: its bytes are not a ModelMetadataRequest',
    })
  })

  test('refuses a message that is mostly empty parts before it takes the memory of millions', async () => {
    await expect(
      client.callBytes('ModelInfer', Buffer.alloc(900_000, Buffer.from([0x2a, 0x00]))),
    ).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'Cannot read the request: it has more than 65536 fields',
    })
  })

  test('refuses a message larger than the server takes', async () => {
    const raw = Buffer.alloc(1_000_000)
    await expect(
      client.infer(identity('FP32', { inputs: [input('FP32', [250_000])], rawInputContents: [raw] })),
    ).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    })
  })
})
