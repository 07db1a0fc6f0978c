import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTrackingCaller, type Fields, type TrackingCaller } from '../fixtures/tracking-caller.ts'

let caller: TrackingCaller
beforeAll(async () => {
  caller = await openTrackingCaller()
})
afterAll(() => caller.close())

const absentExperiment = { status: 404, error_code: 'RESOURCE_DOES_NOT_EXIST' }
const invalid = { status: 400, error_code: 'INVALID_PARAMETER_VALUE' }

test.each<[string, string, Fields | string | undefined, object]>([
  [
    'an experiment that is not',
    'GET experiments/get?experiment_id=99999',
    undefined,
    { ...absentExperiment, message: 'No Experiment with id=99999 exists' },
  ],
  ['an experiment whose id is no number', 'GET experiments/get?experiment_id=abc', undefined, absentExperiment],
  [
    'an experiment without id',
    'GET experiments/get',
    undefined,
    { ...invalid, message: expect.stringMatching(/^Missing value for required parameter 'experiment_id'\. See/) },
  ],
  [
    'a name that is a number',
    'POST experiments/create',
    { name: 123 },
    {
      ...invalid,
      message: expect.stringMatching(
        /^Invalid value 123 for parameter 'name' supplied: {2}Hint: Value was of type 'int'\. See/,
      ),
    },
  ],
  [
    'a text that is a number with a point',
    'POST experiments/create',
    '{"name":"n","artifact_location":9.0}',
    {
      ...invalid,
      message: expect.stringMatching(/^Invalid value 9\.0 for parameter 'artifact_location' .* of type 'float'/),
    },
  ],
  [
    'an empty name',
    'POST experiments/create',
    { name: '' },
    { ...invalid, message: expect.stringContaining("required parameter 'name'") },
  ],
  [
    'a name that is taken',
    'POST experiments/create',
    { name: 'Default' },
    { status: 400, error_code: 'RESOURCE_ALREADY_EXISTS', message: 'Experiment(name=Default) already exists.' },
  ],
  [
    'a place with a fragment',
    'POST experiments/create',
    { name: 'q', artifact_location: 's3://b/p?a=1#f' },
    { ...invalid, message: "'artifact_location' URL can't include fragments or params." },
  ],
  [
    'a page of nothing',
    'POST experiments/search',
    { max_results: 0 },
    { ...invalid, message: "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer" },
  ],
  [
    'a page beyond all measure',
    'POST experiments/search',
    { max_results: 50_001 },
    { ...invalid, message: "Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000" },
  ],
  [
    'a token that is none',
    'POST experiments/search',
    { max_results: 1, page_token: '!!!' },
    { ...invalid, message: "Invalid page token, decoded value=b''" },
  ],
  [
    'an attribute that experiments lack',
    'POST experiments/search',
    { max_results: 1, filter: "bogus = 'p1'" },
    { ...invalid, message: expect.stringMatching(/^Invalid attribute key 'bogus' specified\. Valid keys are/) },
  ],
  ...[0, -5].map((limit): [string, string, undefined, object] => [
    `a page of ${limit} values`,
    `GET metrics/get-history?run_id=r&metric_key=k&max_results=${limit}`,
    undefined,
    {
      ...invalid,
      message: `Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer.`,
    },
  ]),
  [
    'a run that is not',
    'GET runs/get?run_id=nope',
    undefined,
    { ...absentExperiment, message: 'Run with id=nope not found' },
  ],
  [
    'a metric of a run that is not',
    'POST runs/log-metric',
    { run_id: 'nope', key: 'k', value: 1, timestamp: 1 },
    { ...absentExperiment, message: 'Run with id=nope not found' },
  ],
  [
    'a metric that is no number',
    'POST runs/log-metric',
    { run_id: 'r', key: 'k', value: 'abc', timestamp: 1 },
    {
      ...invalid,
      message: expect.stringMatching(
        /^Invalid value "abc" for parameter 'value' supplied: {2}Hint: Value was of type 'str'\./,
      ),
    },
  ],
  [
    'a step that is no whole number',
    'POST runs/log-metric',
    { run_id: 'r', key: 'k', value: 1, timestamp: 1, step: 1.5 },
    invalid,
  ],
  [
    'a metric without its moment',
    'POST runs/log-metric',
    { run_id: 'r', key: 'k', value: 1 },
    { ...invalid, message: expect.stringContaining("'timestamp'") },
  ],
  [
    'a key that leads elsewhere',
    'POST runs/log-metric',
    { run_id: 'r', key: '../x', value: 1, timestamp: 1 },
    {
      ...invalid,
      message: expect.stringMatching(
        /^Invalid value "\.\.\/x" for parameter 'name' supplied: Names may be treated as files.*resolve to '\.\.\/x'$/,
      ),
    },
  ],
  [
    'a key with a sign',
    'POST runs/log-metric',
    { run_id: 'r', key: 'k@', value: 1, timestamp: 1 },
    { ...invalid, message: expect.stringContaining('Names may only contain alphanumerics') },
  ],
  ['a key without end', 'POST runs/set-tag', { run_id: 'r', key: 'k'.repeat(251), value: '1' }, invalid],
  ['a batch without its run', 'POST runs/log-batch', {}, { ...invalid, message: expect.stringContaining("'run_id'") }],
  [
    'metrics that are no list',
    'POST runs/log-batch',
    { run_id: 'r', metrics: 'x' },
    {
      ...invalid,
      message: expect.stringMatching(
        /^Invalid value "x" for parameter 'metrics' supplied: {2}Hint: Value was of type 'str'\./,
      ),
    },
  ],
  [
    'a metric of a batch without its moment',
    'POST runs/log-batch',
    { run_id: 'r', metrics: [{ key: 'a', value: 1 }] },
    { ...invalid, message: expect.stringContaining("'metrics[0].timestamp'") },
  ],
  [
    'too many metrics',
    'POST runs/log-batch',
    { run_id: 'r', metrics: Array.from({ length: 1001 }, () => ({})) },
    {
      ...invalid,
      message:
        'A batch logging request can contain at most 1000 metrics. Got 1001 metrics. Please split up metrics across multiple requests and try again.',
    },
  ],
  [
    'a parameter twice in a batch',
    'POST runs/log-batch',
    {
      run_id: 'r',
      params: [
        { key: 'q', value: '1' },
        { key: 'q', value: '1' },
      ],
    },
    { ...invalid, message: expect.stringMatching(/^Duplicate parameter keys have been submitted: \['q'\]\./) },
  ],
  [
    'a batch beyond all measure',
    'POST runs/log-batch',
    { run_id: 'r', tags: [{ key: 'a', value: 'x'.repeat(1_000_001) }] },
    { ...invalid, message: expect.stringContaining('at most 1000000 bytes') },
  ],
  [
    'an OR',
    'POST runs/search',
    { experiment_ids: ['0'], filter: "metrics.k > 0.1 OR params.p = '1'" },
    { ...invalid, message: "Invalid clause(s) in filter string: 'OR'" },
  ],
  [
    'a metric that is compared with text',
    'POST runs/search',
    { experiment_ids: ['0'], filter: "metrics.k > 'a'" },
    { ...invalid, message: "Expected numeric value type for metric. Found 'a'" },
  ],
  [
    'SQL in the place of a filter',
    'POST runs/search',
    { experiment_ids: ['0'], filter: "name = 'x'; drop table tracking_runs" },
    invalid,
  ],
  [
    'an order that names one thing twice',
    'POST runs/search',
    { experiment_ids: ['0'], order_by: ['metrics.k DESC', 'metrics.k'] },
    invalid,
  ],
  ['an order that is none', 'POST runs/search', { experiment_ids: ['0'], order_by: ['metrics.k UP'] }, invalid],
  ['a body that is no JSON', 'POST runs/search', '{', { status: 400, error_code: 'BAD_REQUEST' }],
  ['a body that is a list', 'POST runs/search', '[]', invalid],
  ['an address that is not', 'POST runs/dance', {}, { status: 404, error_code: 'ENDPOINT_NOT_FOUND' }],
  [
    'a method that is not',
    'PATCH runs/get',
    {},
    { status: 404, error_code: 'ENDPOINT_NOT_FOUND', message: expect.stringContaining('it takes GET') },
  ],
])('%s is refused in the words of MLflow', async (_, address, fields, refusal) => {
  expect(await caller.call(address, fields)).toMatchObject(refusal)
})

test('a body without its type is refused, and one in a text of JSON is read', async () => {
  expect(await caller.call('POST experiments/create', '{"name":"x"}', { 'content-type': undefined })).toMatchObject({
    status: 400,
    message: 'Bad Request. Content-Type header is missing.',
  })
  expect(await caller.call('POST experiments/create', JSON.stringify('{"name":"x"}'))).toMatchObject({ status: 200 })
})
