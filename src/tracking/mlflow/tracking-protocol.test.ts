import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  openWorkspace,
  seededIds,
  seededRandom,
  silentLog,
  virtualClock,
  type Protocol,
  type VirtualClock,
  type Workspace,
} from '#platform'
import { logMetrics, migrations, mlflowProtocol, startRun, trackingEndpoints } from '../index.ts'

let folder: string
let clock: VirtualClock
let workspace: Workspace
let protocol: Protocol
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracking-'))
  clock = virtualClock(1000)
  const ids = seededIds(clock, seededRandom(1))
  workspace = await openWorkspace({ folder, migrations, clock, ids, log: silentLog, threads: 1, scratch: true })
  protocol = mlflowProtocol(workspace, trackingEndpoints)
})
afterEach(async () => {
  await workspace.close()
  await rm(folder, { recursive: true })
})

type Fields = Readonly<Record<string, unknown>>
type Answer = Record<string, unknown> & {
  readonly status: number
  readonly error_code?: string
  readonly message?: string
}

/** A request of the protocol: `GET runs/get?run_id=…`, or a POST with its fields. */
async function call(address: string, fields?: Fields | string, headers: Fields = {}): Promise<Answer> {
  const [method, path] = address.split(' ') as [string, string]
  const { status, body } = await protocol.answer({
    method,
    target: `/api/2.0/mlflow/${path}`,
    headers: { 'content-type': 'application/json', ...headers } as Record<string, string>,
    body: Buffer.from(fields === undefined ? '' : typeof fields === 'string' ? fields : JSON.stringify(fields)),
  })
  return { status, ...(JSON.parse(body.toString()) as object) }
}

const startForeign = async (fields: Fields = {}): Promise<string> => {
  const { run } = (await call('POST runs/create', { experiment_id: '0', start_time: 1000, ...fields })) as unknown as {
    run: { info: { run_id: string } }
  }
  return run.info.run_id
}

const ownStart = {
  system: 'flight-delay',
  name: 'small trees',
  kind: 'boosted-trees',
  key: 'train/1',
  systemHash: 'a'.repeat(64),
  dataHash: 'b'.repeat(64),
  commit: null,
  dirty: false,
  seed: 7,
  params: { rounds: 200, early: true, note: 'x' },
}

describe('mlflowProtocol()', () => {
  test('shows the runs of systems to clients, by the name of the system', async () => {
    const own = await startRun(workspace, ownStart)
    await logMetrics(workspace, { runId: own.id, metrics: { auc: 0.75 }, step: 3 })
    const found = await call('GET experiments/get-by-name?experiment_name=flight-delay')
    expect(found).toMatchObject({
      status: 200,
      experiment: { experiment_id: own.experiment, lifecycle_stage: 'active' },
    })
    const { runs } = await call('POST runs/search', {
      experiment_ids: [own.experiment],
      filter: "metrics.auc > 0.7 and params.rounds = '200'",
    })
    expect(runs).toMatchObject([
      {
        info: { run_id: own.id, run_name: 'small trees', status: 'RUNNING' },
        data: {
          metrics: [{ key: 'auc', value: 0.75, step: 3, timestamp: 1000 }],
          params: [
            { key: 'early', value: 'true' },
            { key: 'note', value: 'x' },
            { key: 'rounds', value: '200' },
          ],
        },
      },
    ])
  })

  test('a run that is made has what its client gave, and a name', async () => {
    const tags = [{ key: 'mlflow.user', value: 'ana' }]
    const { run } = await call('POST runs/create', {
      experiment_id: '0',
      user_id: 'ana',
      start_time: 1_790_000_000_000,
      tags,
    })
    expect(run).toEqual({
      info: {
        run_uuid: expect.stringMatching(/^[0-9a-f]{32}$/),
        run_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        experiment_id: '0',
        run_name: expect.stringMatching(/^[a-z]+-[a-z]+-\d+$/),
        user_id: 'ana',
        status: 'RUNNING',
        start_time: 1_790_000_000_000,
        artifact_uri: expect.stringMatching(/^mlflow-artifacts:\/0\/[0-9a-f]{32}\/artifacts$/),
        lifecycle_stage: 'active',
      },
      data: {
        tags: [{ key: 'mlflow.runName', value: expect.any(String) }, ...tags].sort((a, b) => (a.key < b.key ? -1 : 1)),
      },
      inputs: {},
      outputs: {},
    })
  })

  test('numbers may come as text, as R and Java send them, and NaN and infinities by name', async () => {
    const run_id = await startForeign({ start_time: '1700000000000' })
    for (const [step, value] of ['0.5', 'NaN', 'Infinity', '-inf', 7].entries())
      expect(
        await call('POST runs/log-metric', { run_id, key: `m${step}`, value, timestamp: '5', step: String(step) }),
      ).toEqual({ status: 200 })
    const { run } = (await call(`GET runs/get?run_id=${run_id}`)) as unknown as {
      run: { info: Fields; data: { metrics: readonly Fields[] } }
    }
    expect(run.info['start_time']).toBe(1_700_000_000_000)
    expect(run.data.metrics.map(({ value }) => value)).toEqual([0.5, 'NaN', Number.MAX_VALUE, -Number.MAX_VALUE, 7])
  })

  test('the newest value of a metric is that of the last step, and its history has every value once', async () => {
    const run_id = await startForeign()
    const points = [
      { key: 'loss', value: 3, timestamp: 10, step: 2 },
      { key: 'loss', value: 9, timestamp: 30, step: 1 },
      { key: 'loss', value: 5, timestamp: 10, step: 2 },
    ]
    for (const metrics of [points, points, [points[1]]])
      expect(await call('POST runs/log-batch', { run_id, metrics })).toEqual({ status: 200 })
    const { run } = (await call(`GET runs/get?run_id=${run_id}`)) as unknown as { run: { data: Fields } }
    expect(run.data['metrics']).toEqual([points[2]])
    expect((await call(`GET metrics/get-history?run_id=${run_id}&metric_key=loss`))['metrics']).toEqual([
      points[0],
      points[2],
      points[1],
    ])
    const page = await call(`GET metrics/get-history?run_id=${run_id}&metric_key=loss&max_results=2`)
    expect(page['metrics']).toHaveLength(2)
    expect(
      await call(
        `GET metrics/get-history?run_id=${run_id}&metric_key=loss&max_results=2&page_token=${String(page['next_page_token'])}`,
      ),
    ).toEqual({ status: 200, metrics: [points[1]] })
  })

  test('a batch is kept whole or not at all', async () => {
    const run_id = await startForeign()
    await call('POST runs/log-parameter', { run_id, key: 'p', value: '1' })
    const refused = await call('POST runs/log-batch', {
      run_id,
      metrics: [{ key: 'm', value: 1, timestamp: 1 }],
      params: [
        { key: 'q', value: '1' },
        { key: 'p', value: 'z' },
      ],
      tags: [{ key: 't', value: '1' }],
    })
    expect(refused).toEqual({
      status: 400,
      error_code: 'INVALID_PARAMETER_VALUE',
      message: `Changing param values is not allowed. Params were already logged='[{'key': 'p', 'old_value': '1', 'new_value': 'z'}]' for run ID='${run_id}'.`,
    })
    const { run } = (await call(`GET runs/get?run_id=${run_id}`)) as unknown as { run: { data: Fields } }
    expect(run.data).toMatchObject({ params: [{ key: 'p', value: '1' }], tags: [{ key: 'mlflow.runName' }] })
    expect(run.data['metrics']).toBeUndefined()
  })

  test('the name of a deleted experiment is free, and a restored one must find it so', async () => {
    const { experiment_id } = await call('POST experiments/create', { name: 'p' })
    const run_id = await startForeign({ experiment_id })
    await call('POST experiments/delete', { experiment_id })
    expect(await call(`GET runs/get?run_id=${run_id}`)).toMatchObject({ run: { info: { lifecycle_stage: 'deleted' } } })
    const again = await call('POST experiments/create', { name: 'p' })
    expect(again).toMatchObject({ status: 200 })
    expect(again['experiment_id']).not.toBe(experiment_id)
    expect(await call('POST experiments/restore', { experiment_id })).toMatchObject({
      status: 400,
      error_code: 'RESOURCE_ALREADY_EXISTS',
    })
    await call('POST experiments/delete', { experiment_id: again['experiment_id'] })
    expect(await call('POST experiments/restore', { experiment_id })).toEqual({ status: 200 })
    expect(await call(`GET runs/get?run_id=${run_id}`)).toMatchObject({ run: { info: { lifecycle_stage: 'active' } } })
  })

  test('finds the same runs whichever way leads to them', async () => {
    const random = seededRandom('search')
    const kept: { id: string; score: number; kind: string; at: number }[] = []
    for (let k = 0; k < 60; k++) {
      const one = { score: Math.floor(random.next() * 9), kind: random.next() < 0.1 ? 'rare' : 'often', at: 1000 + k }
      const id = await startForeign({ start_time: one.at })
      const timestamp = 1
      await call('POST runs/log-batch', {
        run_id: id,
        metrics: [{ key: 'score', value: one.score, timestamp }],
        params: [{ key: 'kind', value: one.kind }],
      })
      kept.push({ id, ...one })
    }
    const found = async (fields: Fields): Promise<unknown> => {
      const { runs = [] } = (await call('POST runs/search', { experiment_ids: ['0'], ...fields })) as unknown as {
        runs?: readonly { info: { run_id: string } }[]
      }
      return runs.map(({ info }) => info.run_id)
    }
    const newest = (a: (typeof kept)[0], b: (typeof kept)[0]): number => b.at - a.at
    const best = kept.toSorted((a, b) => b.score - a.score || newest(a, b))
    const idsOf = (runs: typeof kept): string[] => runs.map(({ id }) => id)
    expect(await found({ order_by: ['metrics.score DESC'] })).toEqual(idsOf(best))
    expect(await found({ order_by: ['metrics.score DESC', 'start_time DESC'] })).toEqual(idsOf(best))
    expect(await found({ order_by: ['metrics.score DESC'], max_results: 7 })).toEqual(idsOf(best.slice(0, 7)))
    const rare = (one: (typeof kept)[0]): boolean => one.kind === 'rare' && one.score > 2
    expect(
      await found({ filter: "params.kind = 'rare' and metrics.score > 2", order_by: ['metrics.score DESC'] }),
    ).toEqual(idsOf(best.filter(rare)))
    expect(await found({ filter: "params.kind = 'rare' and metrics.score > 2" })).toEqual(
      idsOf(kept.filter(rare).toSorted(newest)),
    )
  })
})

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
  expect(await call(address, fields)).toMatchObject(refusal)
})

test('a body without its type is refused, and one in a text of JSON is read', async () => {
  expect(await call('POST experiments/create', '{"name":"x"}', { 'content-type': undefined })).toMatchObject({
    status: 400,
    message: 'Bad Request. Content-Type header is missing.',
  })
  expect(await call('POST experiments/create', JSON.stringify('{"name":"x"}'))).toMatchObject({ status: 200 })
})
