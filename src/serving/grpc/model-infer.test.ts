import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identity, input, openGrpcService } from '../fixtures/grpc-service.ts'
import { datatypes } from '../inference/datatypes.ts'
import { encodeRaw } from '../inference/raw-tensor.ts'
import type { Datatype } from '../inference/schema.ts'

let service: Awaited<ReturnType<typeof openGrpcService>>
let client: typeof service.client
beforeAll(async () => {
  service = await openGrpcService()
  client = service.client
})
afterAll(() => service.close())

describe('ModelInfer', () => {
  test.each([
    ['BOOL', 'boolContents', [true, false, true], [true, false, true]],
    ['INT8', 'intContents', [-128, 0, 127], [-128, 0, 127]],
    ['INT16', 'intContents', [-32768, 0, 32767], [-32768, 0, 32767]],
    ['INT32', 'intContents', [-(2 ** 31), 0, 2 ** 31 - 1], [-(2 ** 31), 0, 2 ** 31 - 1]],
    [
      'INT64',
      'int64Contents',
      ['-9223372036854775808', '9007199254740993', '-1'],
      ['-9223372036854775808', '9007199254740993', '-1'],
    ],
    ['UINT8', 'uintContents', [0, 7, 255], [0, 7, 255]],
    ['UINT16', 'uintContents', [0, 7, 65535], [0, 7, 65535]],
    ['UINT32', 'uintContents', [0, 7, 2 ** 32 - 1], [0, 7, 2 ** 32 - 1]],
    ['UINT64', 'uint64Contents', ['0', '7', '18446744073709551615'], ['0', '7', '18446744073709551615']],
    ['FP32', 'fp32Contents', [1.5, NaN, -Infinity], [1.5, NaN, -Infinity]],
    ['FP64', 'fp64Contents', [0.1, NaN, Infinity], [0.1, NaN, Infinity]],
    [
      'BYTES',
      'bytesContents',
      ['a', '', 'ñ🛫'].map((text) => Buffer.from(text)),
      ['a', '', 'ñ🛫'].map((text) => Buffer.from(text)),
    ],
  ] as const)('answers typed %s with the same values in %s', async (datatype, field, sent, read) => {
    const answer = await client.infer(
      identity(datatype, { id: 'mine', inputs: [input(datatype, [3], { [field]: sent.map(exact) })] }),
    )
    expect(answer).toMatchObject({
      modelName: `identity_${datatype.toLowerCase()}`,
      modelVersion: '1',
      id: 'mine',
      outputs: [{ name: 'OUTPUT0', datatype, shape: ['3'] }],
      rawOutputContents: [],
    })
    expect(answer.outputs[0].contents[field]).toEqual(read)
  })

  test.each(Object.keys(datatypes) as Datatype[])('answers raw %s with the same bytes', async (datatype) => {
    const bytes =
      datatype === 'BYTES'
        ? encodeRaw({ data: ['a', '', 'ñ🛫'] })
        : Buffer.from(
            Array.from({ length: 3 * datatypes[datatype].bytes }, (_, k) =>
              datatype === 'BOOL' ? k % 2 : (k * 53) % 251,
            ),
          )
    const answer = await client.infer(identity(datatype, { inputs: [input(datatype, [3])], rawInputContents: [bytes] }))
    expect(answer.rawOutputContents).toEqual([bytes])
    expect(answer.outputs).toMatchObject([{ name: 'OUTPUT0', datatype, shape: ['3'], contents: null }])
  })

  test('takes a tensor without elements, typed and raw', async () => {
    const raw = await client.infer(
      identity('FP32', { inputs: [input('FP32', [0])], rawInputContents: [Buffer.alloc(0)] }),
    )
    expect([raw.outputs[0].shape, raw.rawOutputContents]).toEqual([['0'], [Buffer.alloc(0)]])
    const typed = await client.infer(identity('FP32', { inputs: [input('FP32', [0])] }))
    expect([typed.outputs[0].shape, typed.outputs[0].contents.fp32Contents]).toEqual([['0'], []])
  })

  test('gives the outputs that are asked for, in that order, by the version that is asked for', async () => {
    const ones = { intContents: Array.from({ length: 16 }, () => 1) }
    const inputs = [input('INT32', [1, 16], ones), { ...input('INT32', [1, 16], ones), name: 'INPUT1' }]
    const request = { modelName: 'simple', modelVersion: '1', inputs }
    const both = await client.infer({ ...request, outputs: [{ name: 'OUTPUT1' }, { name: 'OUTPUT0' }] })
    expect(
      both.outputs.map((output: { name: string; contents: { intContents: number[] } }) => [
        output.name,
        output.contents.intContents[0],
      ]),
    ).toEqual([
      ['OUTPUT1', 0],
      ['OUTPUT0', 2],
    ])
    expect((await client.infer({ ...request, outputs: [{ name: 'OUTPUT1' }] })).outputs).toHaveLength(1)
    expect((await client.infer(request)).outputs).toHaveLength(2)
  })
})

/** 64-bit integers as messages are written from. */
function exact(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const bits = BigInt.asUintN(64, BigInt(value))
  return { low: Number(bits & 0xffffffffn) | 0, high: Number(bits >> 32n) | 0 }
}
