import { expect, test } from 'vitest'
import { loggedModelClient, type Model } from '../fixtures/logged-model-client.ts'
import type { Fields } from '../fixtures/tracking-caller.ts'

const { call, startRun, logModel, found } = loggedModelClient()

/** Four models: their metrics 'auc' are 0.9 on d1, then 0.5 on d2; 0.7 on d1; NaN; none. */
async function fourModels(): Promise<void> {
  const run_id = await startRun()
  const ids: string[] = []
  for (const [place, name] of ['first', 'second', 'third', 'Fourth'].entries()) {
    const params = [{ key: 'kind', value: place < 2 ? 'trees' : 'linear' }]
    const tags = place === 3 ? [] : [{ key: 'team', value: place === 0 ? 'ops' : 'web' }]
    ids.push(
      (await logModel({ name, model_type: 'm', source_run_id: place === 2 ? run_id : '', params, tags })).info.model_id,
    )
  }
  const metrics = [
    { model_id: ids[0], value: 0.9, timestamp: 1, dataset_name: 'd1', dataset_digest: 'x' },
    { model_id: ids[0], value: 0.5, timestamp: 2, dataset_name: 'd2', dataset_digest: 'y' },
    { model_id: ids[1], value: 0.7, timestamp: 1, dataset_name: 'd1', dataset_digest: 'z' },
    { model_id: ids[2], value: 'NaN', timestamp: 1 },
  ]
  await call('POST runs/log-batch', { run_id, metrics: metrics.map((point) => ({ key: 'auc', ...point })) })
  await call(`PATCH logged-models/${ids[1]}`, { status: 'LOGGED_MODEL_READY' })
}

test.each<[string, Fields, readonly string[]]>([
  ['nothing in particular, the newest first', {}, ['Fourth', 'third', 'second', 'first']],
  ['a name', { filter: "name = 'second'" }, ['second']],
  ['a pattern', { filter: "name LIKE 'f%'" }, ['first']],
  ['a pattern without case', { filter: "name ILIKE 'f%'" }, ['Fourth', 'first']],
  ['one of some names', { filter: "name IN ('first', 'third')" }, ['third', 'first']],
  ['a status', { filter: "status = 'READY'" }, ['second']],
  ['a status as the protocol writes it', { filter: "attributes.status != 'LOGGED_MODEL_PENDING'" }, ['second']],
  ['a moment', { filter: 'creation_timestamp > 1002' }, ['Fourth', 'third']],
  ['a parameter and a tag', { filter: "params.kind = 'trees' AND tags.`team` = 'ops'" }, ['first']],
  ['a metric', { filter: 'metrics.auc > 0.6' }, ['second', 'first']],
  ['a metric on a dataset', { filter: 'metrics.auc > 0.6', datasets: [{ dataset_name: 'd2' }] }, []],
  ['a dataset', { datasets: [{ dataset_name: 'd1' }] }, ['second', 'first']],
  ['a dataset of one digest', { datasets: [{ dataset_name: 'd1', dataset_digest: 'z' }] }, ['second']],
  [
    'an order by a metric, what lacks it last',
    { order_by: [{ field_name: 'metrics.auc', ascending: true }] },
    ['first', 'second', 'Fourth', 'third'],
  ],
  [
    'an order by a metric on a dataset',
    { order_by: [{ field_name: 'metrics.auc', ascending: false, dataset_name: 'd1' }] },
    ['first', 'second', 'Fourth', 'third'],
  ],
  [
    'an order by moments',
    { order_by: [{ field_name: 'creation_timestamp_ms', ascending: false }] },
    ['Fourth', 'third', 'second', 'first'],
  ],
  [
    'an order, as R sends it',
    { order_by: [{ field_name: 'name', ascending: 'FALSE' }], max_results: '2' },
    ['third', 'second'],
  ],
  ['another experiment', { experiment_ids: ['7', 'none'] }, []],
])('finds logged models by %s', async (_, search, names) => {
  await fourModels()
  expect(await found(search)).toEqual(names)
})

test('pages of logged models follow each other, and a token is of one search alone', async () => {
  await fourModels()
  const seen: unknown[] = []
  const search = { experiment_ids: ['0'], filter: "model_type = 'm'", max_results: 3 }
  let last: unknown = ''
  for (let token: unknown = ''; token !== undefined;) {
    const answer = await call('POST logged-models/search', { ...search, page_token: token })
    seen.push(...(answer['models'] as readonly Model[]).map(({ info }) => info['name']))
    last = token
    token = answer['next_page_token']
  }
  expect(seen).toEqual(['Fourth', 'third', 'second', 'first'])
  expect(await call('POST logged-models/search', { ...search, filter: '', page_token: last })).toMatchObject({
    status: 400,
    message: expect.stringContaining('page token does not match'),
  })
})

const invalid = { status: 400, error_code: 'INVALID_PARAMETER_VALUE' }
const absent = { status: 404, error_code: 'RESOURCE_DOES_NOT_EXIST' }

test.each<[string, string, Fields | undefined, object]>([
  [
    'a name with a slash',
    'POST logged-models',
    { experiment_id: '0', name: 'a/b' },
    {
      ...invalid,
      message: `Invalid model name ('a/b') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    },
  ],
  ['a name without end', 'POST logged-models', { experiment_id: '0', name: 'n'.repeat(501) }, invalid],
  [
    'a model of no experiment',
    'POST logged-models',
    {},
    { ...invalid, message: expect.stringContaining("'experiment_id'") },
  ],
  [
    'a model of an experiment that is not',
    'POST logged-models',
    { experiment_id: '9' },
    { ...absent, message: 'No Experiment with id=9 exists' },
  ],
  [
    'a parameter twice with two values',
    'POST logged-models',
    {
      experiment_id: '0',
      params: [
        { key: 'p', value: '1' },
        { key: 'p', value: '2' },
      ],
    },
    invalid,
  ],
  [
    'a tag without a key',
    'POST logged-models',
    { experiment_id: '0', tags: [{ value: '1' }] },
    { ...invalid, message: expect.stringContaining("'tags[0].key'") },
  ],
  [
    'a model that is not',
    'GET logged-models/nope',
    undefined,
    { ...absent, message: "Logged model with ID 'nope' not found." },
  ],
  ['the end of a model that is not', 'PATCH logged-models/nope', { status: 'LOGGED_MODEL_READY' }, absent],
  ['a status that is not', 'PATCH logged-models/nope', { status: 'DONE' }, invalid],
  ['no status', 'PATCH logged-models/nope', {}, { ...invalid, message: expect.stringContaining("'status'") }],
  ['the deletion of a model that is not', 'DELETE logged-models/nope', undefined, absent],
  ['tags of a model that is not', 'PATCH logged-models/nope/tags', { tags: [{ key: 'a', value: '1' }] }, absent],
  [
    'a search of no experiment',
    'POST logged-models/search',
    {},
    { ...invalid, message: expect.stringContaining("'experiment_ids'") },
  ],
  [
    'an attribute that models lack',
    'POST logged-models/search',
    { experiment_ids: ['0'], filter: "bogus = 'x'" },
    { ...invalid, message: expect.stringContaining("'bogus'") },
  ],
  [
    'a metric compared with text',
    'POST logged-models/search',
    { experiment_ids: ['0'], filter: "metrics.x > 'a'" },
    invalid,
  ],
  ['an OR', 'POST logged-models/search', { experiment_ids: ['0'], filter: "name = 'a' OR name = 'b'" }, invalid],
  [
    'SQL in the place of a filter',
    'POST logged-models/search',
    { experiment_ids: ['0'], filter: "name = 'x'; drop table tracking_runs" },
    invalid,
  ],
  [
    'an order that is none',
    'POST logged-models/search',
    { experiment_ids: ['0'], order_by: [{ field_name: 'name; drop table tracking_runs' }] },
    invalid,
  ],
  [
    'an order by a parameter',
    'POST logged-models/search',
    { experiment_ids: ['0'], order_by: [{ field_name: 'params.p' }] },
    { ...invalid, message: 'Invalid order by field name: params.p. Only metrics are supported.' },
  ],
  ['an order that is no object', 'POST logged-models/search', { experiment_ids: ['0'], order_by: ['name'] }, invalid],
  [
    'a dataset without a name',
    'POST logged-models/search',
    { experiment_ids: ['0'], datasets: [{ dataset_digest: 'x' }] },
    { ...invalid, message: '`dataset_name` in the `datasets` clause must be specified.' },
  ],
  ['a page token that is none', 'POST logged-models/search', { experiment_ids: ['0'], page_token: '!!!' }, invalid],
])('%s is refused in the words of MLflow', async (_, address, fields, refusal) => {
  expect(await call(address, fields)).toMatchObject(refusal)
})
