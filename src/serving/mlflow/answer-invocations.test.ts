import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openOnnxInference } from '../fixtures/onnx-inference.ts'
import { protocolModels } from '../fixtures/protocol-models.ts'
import { fail } from '../failures.ts'
import type { Inference } from '../inference/schema.ts'
import { answerInvocations, answerPing, answerVersion } from './answer-invocations.ts'

let inference: Awaited<ReturnType<typeof openOnnxInference>>
beforeAll(async () => {
  inference = await openOnnxInference(protocolModels())
})
afterAll(() => inference.release())

const score = (model: string, body: string | Buffer, contentType: string | undefined = 'application/json') =>
  answerInvocations({ inference, model, contentType, body: Buffer.from(body) })

/** The columns of two flights, as each format has them. */
const split = {
  columns: ['number', 'origin', 'distance', 'unused'],
  index: [7, 8],
  data: [
    [1, 'JFK', 2586.5, 'x'],
    [2, null, null, 'y'],
  ],
}
const records = split.data.map((row) => Object.fromEntries(row.map((cell, k) => [split.columns[k], cell])))
const flights =
  '{"predictions": [{"origin_out": "JFK", "distance_out": 2586.5, "number_out": 1}, {"origin_out": "", "distance_out": NaN, "number_out": 2}]}'

describe('answerInvocations()', () => {
  test.each([
    ['dataframe_split', 'columns', JSON.stringify({ dataframe_split: split }), flights],
    ['dataframe_records', 'columns', JSON.stringify({ dataframe_records: records }), flights],
    [
      'records that lack what is missing',
      'columns',
      JSON.stringify({ dataframe_records: [records[0], { number: 2 }] }),
      flights,
    ],
    [
      'a data frame of one input, whose columns stand side by side whatever their names',
      'row_sum',
      '{"dataframe_split": {"columns": ["c", "a", "b"], "data": [[1, 2, 3], [4, 5, 6.5]]}}',
      '{"predictions": [{"sum": 6.0}, {"sum": 15.5}]}',
    ],
    [
      'a data frame without names',
      'row_sum',
      '{"dataframe_split": {"data": [[1, 2, 3]]}}',
      '{"predictions": [{"sum": 6.0}]}',
    ],
    [
      'instances of one input',
      'row_sum',
      '{"instances": [[1, 2, 3], [0, 0, 0]]}',
      '{"predictions": {"sum": [[6.0], [0.0]]}}',
    ],
    ['inputs of one input', 'row_sum', '{"inputs": [[1, 2, 3]]}', '{"predictions": {"sum": [[6.0]]}}'],
    ['one input by its name', 'row_sum', '{"inputs": {"x": [[1, 2, 3]]}}', '{"predictions": {"sum": [[6.0]]}}'],
    [
      'instances by name, one object for each row',
      'columns',
      '{"instances": [{"origin": "A", "distance": 1, "number": 5}, {"origin": "B", "distance": 2, "number": 6}]}',
      '{"predictions": {"origin_out": [["A"], ["B"]], "distance_out": [[1.0], [2.0]], "number_out": [[5], [6]]}}',
    ],
    [
      'inputs by name, one list for each input, and nested ones',
      'columns',
      '{"inputs": {"origin": ["A"], "distance": [[1]], "number": [5]}}',
      '{"predictions": {"origin_out": [["A"]], "distance_out": [[1.0]], "number_out": [[5]]}}',
    ],
    [
      'several outputs wider than one value, by row',
      'simple_float',
      JSON.stringify({ dataframe_records: [{ INPUT0: ones(16), INPUT1: ones(16) }] }),
      `{"predictions": [{"OUTPUT0": [${ones(16)
        .map(() => '2.0')
        .join(', ')}], "OUTPUT1": [${ones(16)
        .map(() => '0.0')
        .join(', ')}]}]}`,
    ],
    [
      'integers beyond 2^53, exactly',
      'identity_int64',
      '{"inputs": [9007199254740993, -9223372036854775808, 9223372036854775807]}',
      '{"predictions": {"OUTPUT0": [9007199254740993, -9223372036854775808, 9223372036854775807]}}',
    ],
    [
      'numbers as Python writes them',
      'identity_fp64',
      '{"inputs": [NaN, -Infinity, Infinity, null, 0.1, 3, -0.0, 1e300, true]}',
      '{"predictions": {"OUTPUT0": [NaN, -Infinity, Infinity, NaN, 0.1, 3.0, -0.0, 1e+300, 1.0]}}',
    ],
    [
      'texts that speak of numbers that are none, with quotes',
      'identity_bytes',
      '{"inputs": ["NaN", "a \\"NaN\\\\\\" Infinity", "ñ"], "params": {"rate": NaN}}',
      '{"predictions": {"OUTPUT0": ["NaN", "a \\"NaN\\\\\\" Infinity", "ñ"]}}',
    ],
    [
      'truth',
      'identity_bool',
      '{"inputs": [true, false, 1, 0]}',
      '{"predictions": {"OUTPUT0": [true, false, true, false]}}',
    ],
    ['bytes', 'identity_uint8', '{"inputs": [0, 255]}', '{"predictions": {"OUTPUT0": [0, 255]}}'],
    [
      'single floats, as wide as Python prints them',
      'identity_fp32',
      '{"inputs": [0.1]}',
      '{"predictions": {"OUTPUT0": [0.10000000149011612]}}',
    ],
  ])('reads and answers %s', async (_, model, body, answer) => {
    expect(await score(model, body)).toEqual({ status: 200, contentType: 'application/json', body: answer })
  })

  test('reads CSV as pandas writes it', async () => {
    const csv = ',origin,distance,number\r\n0,"JF,""K\n""",2586.5,9007199254740993\r\n\r\n1,,nan,-2\r\n2,NaN,-inf,3'
    expect((await score('columns', csv, 'text/csv; charset=UTF-8')).body).toBe(
      '{"predictions": [' +
        '{"origin_out": "JF,\\"K\\n\\"", "distance_out": 2586.5, "number_out": 9007199254740993}, ' +
        '{"origin_out": "", "distance_out": NaN, "number_out": -2}, ' +
        '{"origin_out": "NaN", "distance_out": -Infinity, "number_out": 3}]}',
    )
    expect((await score('row_sum', 'a,b,c\n1,2,3\n+4,.5,1e1\n', 'text/csv')).body).toBe(
      '{"predictions": [{"sum": 6.0}, {"sum": 14.5}]}',
    )
    expect((await score('identity_bool', 'a\nTrue\nfalse\n0', 'text/csv')).body).toBe(
      '{"predictions": [{"OUTPUT0": true}, {"OUTPUT0": false}, {"OUTPUT0": false}]}',
    )
  })

  test('hands params on as parameters of the request', async () => {
    const seen: unknown[] = []
    const watched: Inference = {
      ...inference,
      infer: (request) => (seen.push(request.parameters), inference.infer(request)),
    }
    const body = Buffer.from(
      '{"inputs": [1], "params": {"timeout": 5000000, "shadow": false, "why": "x", "none": null}}',
    )
    await answerInvocations({ inference: watched, model: 'identity_fp32', contentType: 'application/json', body })
    expect(seen).toEqual([{ timeout: 5_000_000, shadow: false, why: 'x' }])
  })

  test.each([
    ['text that is not JSON', 'row_sum', '{"inputs": [1', 'its body is not JSON'],
    ['nothing', 'row_sum', '', 'its body is not JSON'],
    ['bytes that are not UTF-8', 'row_sum', Buffer.from([0x7b, 0xff]), 'its body is not UTF-8'],
    ['a list', 'row_sum', '[[1, 2, 3]]', 'it is not an object'],
    ['no format', 'row_sum', '{"data": []}', 'it has none of the fields of inputs'],
    ['two formats', 'row_sum', '{"inputs": [], "instances": []}', 'it has instances and inputs of the fields'],
    ['a split that is a list', 'row_sum', '{"dataframe_split": []}', 'dataframe_split is not an object'],
    ['a split without data', 'row_sum', '{"dataframe_split": {"columns": []}}', 'has no list data'],
    ['a split with more', 'row_sum', '{"dataframe_split": {"data": [], "dtypes": []}}', "has the field 'dtypes'"],
    [
      'rows of unequal width',
      'row_sum',
      '{"dataframe_split": {"columns": ["a"], "data": [[1], [1, 2]]}}',
      'row 1 of its data has 2',
    ],
    [
      'records that are no objects',
      'row_sum',
      '{"dataframe_records": [[1, 2, 3]]}',
      'record 0 of dataframe_records is not an object',
    ],
    ['no rows', 'row_sum', '{"dataframe_records": []}', 'has no rows'],
    [
      'too few columns',
      'row_sum',
      '{"dataframe_split": {"data": [[1, 2]]}}',
      "input 'x' has the shape [1, 2], expected [-1, 3]",
    ],
    [
      'a missing column',
      'columns',
      '{"dataframe_records": [{"origin": "A"}]}',
      "lacks the columns 'distance', 'number'",
    ],
    [
      'a column that stands twice',
      'columns',
      '{"dataframe_split": {"columns": ["origin", "distance", "number", "origin"], "data": [["A", 1, 1, "B"]]}}',
      "has the column 'origin' twice",
    ],
    ['an input that is not there', 'row_sum', '{"inputs": {"x": [[1, 2, 3]], "y": [1]}}', "no input 'y'"],
    ['a missing input', 'columns', '{"inputs": {"origin": ["A"]}}', "'inputs' lacks the input 'distance'"],
    [
      'one tensor for several inputs',
      'columns',
      '{"instances": [1, 2]}',
      "'instances' is one tensor, but the model takes 3",
    ],
    [
      'items of other fields',
      'columns',
      '{"instances": [{"origin": "A"}, {"distance": 1}]}',
      "item 1 of 'instances' has other fields",
    ],
    ['text for numbers', 'identity_fp32', '{"inputs": [1, "two"]}', "value 1 is 'two', which is no FP32"],
    ['numbers for text', 'identity_bytes', '{"inputs": [1]}', 'value 0 is 1, which is no BYTES'],
    ['a missing integer', 'identity_int32', '{"inputs": [null]}', 'value 0 is null, which is no INT32'],
    ['half an integer', 'identity_int64', '{"inputs": [0.5]}', 'value 0 is 0.5, which is no INT64'],
    ['an integer beyond its bits', 'identity_uint8', '{"inputs": [256]}', 'value 0 is 256, which is no UINT8'],
    [
      'an integer beyond 64 bits',
      'identity_int64',
      '{"inputs": [9223372036854775808]}',
      'value 0 is 9223372036854775808, which is no INT64',
    ],
    ['halves', 'identity_fp16', '{"inputs": [1]}', 'FP16 has no form in JSON'],
    ['lists of unequal length', 'row_sum', '{"inputs": [[1, 2, 3], [1, 2]]}', 'not all as long and deep as the first'],
    ['values among lists', 'row_sum', '{"inputs": [[1, 2, 3], 1]}', 'not all as long and deep as the first'],
    ['lists among values', 'identity_fp32', '{"inputs": [1, [1]]}', 'value 1 is a list, which is no FP32'],
    ['deep lists', 'row_sum', `{"inputs": ${'['.repeat(40)}1${']'.repeat(40)}}`, 'more than 32 deep'],
    [
      'very deep lists with a long number',
      'row_sum',
      `{"inputs": ${'['.repeat(100_000)}1234567890123456789${']'.repeat(100_000)}}`,
      'Cannot read',
    ],
    ['params that are a list', 'row_sum', '{"inputs": [[1, 2, 3]], "params": []}', "'params' is not an object"],
    [
      'a parameter that is a list',
      'row_sum',
      '{"inputs": [[1, 2, 3]], "params": {"a": [1]}}',
      "parameter 'a' is no string",
    ],
    ['the name of a part of the language', 'row_sum', '{"inputs": {"constructor": [1]}}', "no input 'constructor'"],
  ])('refuses %s', async (_, model, body, message) => {
    const answer = await score(model, body)
    expect(answer).toMatchObject({ status: 400, contentType: 'application/json' })
    expect(JSON.parse(answer.body)).toEqual({ error_code: 'BAD_REQUEST', message: expect.stringContaining(message) })
  })

  test.each([
    ['a quote that is not closed', 'a,b,c\n"1,2,3', 'opens a quote that it does not close'],
    ['text after a quote', 'a,b,c\n"1"x,2,3', 'has text after a closing quote'],
    ['a row that is too long', 'a,b,c\n1,2,3,4', 'row 0 of its CSV has 4 cells, its head 3'],
    ['words for numbers', 'a,b,c\n1,two,3', "value 1 is 'two', which is no FP32"],
    ['no head', '', 'has no line of names'],
    ['no rows', 'a,b,c\n', 'has no rows'],
  ])('refuses CSV with %s', async (_, body, message) => {
    const answer = await score('row_sum', body, 'text/csv')
    expect([answer.status, JSON.parse(answer.body).message]).toEqual([400, expect.stringContaining(message)])
  })

  test.each([
    undefined,
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin-1',
    'text/csv; header=absent',
  ])('refuses the content type %s with 415', async (contentType) => {
    const body = Buffer.from('{}')
    expect(await answerInvocations({ inference, model: 'row_sum', contentType, body })).toMatchObject({ status: 415 })
  })

  test.each([
    [fail('unknownModel', 'Cannot find x'), 404, 'RESOURCE_DOES_NOT_EXIST'],
    [fail('overloaded', 'Cannot run x: its queue is full'), 503, 'TEMPORARILY_UNAVAILABLE'],
    [fail('deadlineExceeded', 'Cannot run x: it is late'), 504, 'DEADLINE_EXCEEDED'],
    [fail('wrongBatch', 'Cannot run x'), 400, 'BAD_REQUEST'],
    [new Error('at /secret/path'), 500, 'INTERNAL_ERROR'],
  ])('answers %s with %i %s', async (error, status, error_code) => {
    const unexpected: unknown[] = []
    const answer = await answerInvocations({
      inference: { ...inference, infer: () => Promise.reject(error) },
      model: 'row_sum',
      contentType: 'application/json',
      body: Buffer.from('{"inputs": [[1, 2, 3]]}'),
      onUnexpected: (error) => unexpected.push(error),
    })
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([status, { error_code }])
    expect(answer.body).not.toContain('secret')
    expect(unexpected).toEqual(status === 500 ? [error] : [])
  })
})

test('answerPing() and answerVersion() answer as the server of MLflow does', async () => {
  expect(await answerPing(inference)).toEqual({ status: 200, contentType: 'application/json', body: '\n' })
  expect(await answerPing({ isReady: async () => false })).toMatchObject({ status: 404 })
  expect(answerVersion('1.2.3')).toMatchObject({ status: 200, body: '1.2.3' })
})

function ones(count: number): number[] {
  return Array.from({ length: count }, () => 1)
}
