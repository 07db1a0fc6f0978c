import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
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
import { migrations as trackingMigrations, mlflowProtocol, trackingEndpoints } from '#tracking'
import { migrations, registryEndpoints } from '../index.ts'

let folder: string
let clock: VirtualClock
let workspace: Workspace
let protocol: Protocol
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registered-models-'))
  clock = virtualClock(1000)
  const ids = seededIds(clock, seededRandom(1))
  workspace = await openWorkspace({
    folder,
    migrations: [...trackingMigrations, ...migrations],
    clock,
    ids,
    log: silentLog,
    threads: 1,
    scratch: true,
  })
  protocol = mlflowProtocol(workspace, [...trackingEndpoints, ...registryEndpoints])
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
  const [method = '', path = ''] = address.split(/ (.*)/)
  const { status, body } = await protocol.answer({
    method,
    target: `/api/2.0/mlflow/${path}`,
    headers: { 'content-type': 'application/json', ...headers } as Record<string, string>,
    body: Buffer.from(fields === undefined ? '' : typeof fields === 'string' ? fields : JSON.stringify(fields)),
  })
  return { status, ...(JSON.parse(body.toString()) as object) }
}

/** Moves the clock by a second, so that moments tell who was changed. */
const later = (): void => clock.advanceTo(clock.now() + 1000)

/** A registered model with so many versions of files elsewhere. */
async function register(
  name: string,
  { versions = 0, ...fields }: Fields & { readonly versions?: number } = {},
): Promise<void> {
  expect(await call('POST registered-models/create', { name, ...fields })).toMatchObject({ status: 200 })
  for (let k = 0; k < versions; k++)
    expect(await call('POST model-versions/create', { name, source: `s3://bucket/${name}/${k + 1}` })).toMatchObject({
      status: 200,
      model_version: { version: String(k + 1) },
    })
}

/** A logged model of a run, and their ids. */
async function logModel(): Promise<{ readonly model_id: string; readonly run_id: string }> {
  const { run } = (await call('POST runs/create', { experiment_id: '0' })) as unknown as {
    run: { info: { run_id: string } }
  }
  const source_run_id = run.info.run_id
  const { model } = (await call('POST logged-models', { experiment_id: '0', name: 'm', source_run_id })) as unknown as {
    model: { info: { model_id: string } }
  }
  return { model_id: model.info.model_id, run_id: source_run_id }
}

const names = async (address: string): Promise<readonly unknown[]> => {
  const answer = await call(`GET ${address}`)
  expect(answer).toMatchObject({ status: 200 })
  const rows = (answer['registered_models'] ?? answer['model_versions'] ?? []) as readonly Fields[]
  return rows.map(({ name, version }) => (version === undefined ? name : `${String(name)}/${String(version)}`))
}

const searchOf = (fields: Readonly<Record<string, string>>): string => new URLSearchParams(fields).toString()

test('a logged model is registered: its version has the run and the files of it, and it is told so', async () => {
  const { model_id, run_id } = await logModel()
  expect(await call('POST registered-models/create', { name: 'Reg1' })).toEqual({
    status: 200,
    registered_model: { name: 'Reg1', creation_timestamp: 1000, last_updated_timestamp: 1000 },
  })
  later()
  const source = `models:/${model_id}`
  expect(await call('POST model-versions/create', { name: 'Reg1', source, model_id })).toEqual({
    status: 200,
    model_version: {
      name: 'Reg1',
      version: '1',
      creation_timestamp: 2000,
      last_updated_timestamp: 2000,
      current_stage: 'None',
      description: '',
      source,
      run_id,
      status: 'READY',
      run_link: '',
    },
  })
  expect(await call('GET model-versions/get-download-uri?name=Reg1&version=1')).toEqual({
    status: 200,
    artifact_uri: `mlflow-artifacts:/0/models/${model_id}/artifacts`,
  })
  const versions = async (): Promise<unknown> => {
    const { model } = (await call(`GET logged-models/${model_id}`)) as unknown as {
      model: { info: { tags: readonly { key: string; value: string }[] } }
    }
    expect(model.info.tags.map(({ key }) => key)).toEqual(['mlflow.modelVersions'])
    return JSON.parse(model.info.tags[0]?.value ?? '')
  }
  expect(await versions()).toEqual([{ name: 'Reg1', version: 1 }])
  await call('POST model-versions/create', { name: 'Reg1', source })
  expect(await versions()).toEqual([1, 2].map((version) => ({ name: 'Reg1', version })))
  await call(`PATCH logged-models/${model_id}/tags`, { tags: [{ key: 'mlflow.modelVersions', value: 'no JSON' }] })
  expect(await call('POST model-versions/create', { name: 'Reg1', source })).toMatchObject({ status: 200 })
  expect(await versions()).toEqual([{ name: 'Reg1', version: 3 }])
})

test('aliases, tags, stages and descriptions are read where MLflow shows them, and move the moments that it moves', async () => {
  await register('Reg1', { versions: 1 })
  const moments = async (): Promise<readonly unknown[]> => {
    const { registered_model: model } = (await call('GET registered-models/get?name=Reg1')) as unknown as {
      registered_model: {
        last_updated_timestamp: number
        latest_versions: readonly { last_updated_timestamp: number }[]
      }
    }
    return [model.last_updated_timestamp, model.latest_versions[0]?.last_updated_timestamp]
  }
  later()
  await call('POST registered-models/alias', { name: 'Reg1', alias: 'champion', version: '1' })
  await call('POST registered-models/set-tag', { name: 'Reg1', key: 'rk', value: 'rv' })
  await call('POST model-versions/set-tag', { name: 'Reg1', version: '1', key: 'k', value: 'v' })
  expect(await moments()).toEqual([1000, 1000])
  const version = {
    name: 'Reg1',
    version: '1',
    creation_timestamp: 1000,
    last_updated_timestamp: 2000,
    current_stage: 'Production',
    description: '',
    source: 's3://bucket/Reg1/1',
    run_id: '',
    status: 'READY',
    tags: [{ key: 'k', value: 'v' }],
    run_link: '',
  }
  const staged = { name: 'Reg1', version: '1', stage: 'production', archive_existing_versions: 'FALSE' }
  expect(await call('POST model-versions/transition-stage', staged)).toEqual({
    status: 200,
    model_version: { ...version, aliases: ['champion'] },
  })
  expect(await moments()).toEqual([2000, 2000])
  const model = {
    name: 'Reg1',
    creation_timestamp: 1000,
    last_updated_timestamp: 2000,
    latest_versions: [version],
    tags: [{ key: 'rk', value: 'rv' }],
    aliases: [{ alias: 'champion', version: '1' }],
  }
  expect(await call('GET registered-models/get?name=Reg1')).toEqual({ status: 200, registered_model: model })
  const like = searchOf({ filter: "name LIKE 'Re%' AND tag.`mlflow.prompt.is_prompt` != 'true'", max_results: '100' })
  expect(await call(`GET registered-models/search?${like}`)).toEqual({ status: 200, registered_models: [model] })
  expect(await call('GET registered-models/alias?name=Reg1&alias=champion')).toEqual({
    status: 200,
    model_version: { ...version, aliases: ['champion'] },
  })
  for (const address of [
    'POST registered-models/get-latest-versions',
    'GET registered-models/get-latest-versions?name=Reg1',
  ])
    expect(await call(address, address.startsWith('POST') ? { name: 'Reg1' } : undefined)).toEqual({
      status: 200,
      model_versions: [{ ...version, aliases: ['champion'] }],
    })
  expect(await call(`GET model-versions/search?${searchOf({ filter: "name='Reg1'", max_results: '10000' })}`)).toEqual({
    status: 200,
    model_versions: [version],
  })
  later()
  expect(await call('PATCH model-versions/update', { name: 'Reg1', version: '1', description: 'desc' })).toMatchObject({
    model_version: { description: 'desc', aliases: ['champion'] },
  })
  expect(await moments()).toEqual([2000, 3000])
})

test('the number of a version is given once, also where the newest was deleted', async () => {
  await register('m', { versions: 2 })
  await call('POST registered-models/alias', { name: 'm', alias: 'best', version: '2' })
  expect(await call('DELETE model-versions/delete', { name: 'm', version: '2' })).toEqual({ status: 200 })
  expect(await call('GET model-versions/get?name=m&version=2')).toMatchObject({ status: 404 })
  expect(await call('DELETE model-versions/delete', { name: 'm', version: '2' })).toMatchObject({ status: 404 })
  expect(await call('GET registered-models/alias?name=m&alias=best')).toMatchObject({ status: 400 })
  expect(await names('model-versions/search')).toEqual(['m/1'])
  expect(await call('POST model-versions/create', { name: 'm', source: 's3://b/c' })).toMatchObject({
    model_version: { version: '3' },
  })
})

test('the name of a deleted model is free, and its next bearer begins anew', async () => {
  await register('m', { versions: 2, tags: [{ key: 'a', value: '1' }] })
  await call('POST registered-models/alias', { name: 'm', alias: 'best', version: '2' })
  expect(await call('DELETE registered-models/delete', { name: 'm' })).toEqual({ status: 200 })
  expect(await call('GET registered-models/get?name=m')).toMatchObject({ status: 404 })
  expect(await names('registered-models/search')).toEqual([])
  expect(await names('model-versions/search')).toEqual([])
  await register('m', { versions: 1 })
  expect(await call('GET registered-models/get?name=m')).toMatchObject({
    registered_model: { latest_versions: [{ version: '1' }] },
  })
  expect(await call('GET registered-models/alias?name=m&alias=best')).toMatchObject({ status: 400 })
})

test('a model is renamed with all its versions, and described', async () => {
  await register('old', { versions: 1 })
  await register('other')
  later()
  expect(await call('POST registered-models/rename', { name: 'old', new_name: 'new' })).toMatchObject({
    registered_model: { name: 'new', last_updated_timestamp: 2000, latest_versions: [{ name: 'new', version: '1' }] },
  })
  expect(await call('GET model-versions/get?name=new&version=1')).toMatchObject({ model_version: { name: 'new' } })
  expect(await call('GET registered-models/get?name=old')).toMatchObject({ status: 404 })
  expect(await call('POST registered-models/rename', { name: 'new', new_name: 'other' })).toMatchObject({
    status: 400,
    error_code: 'RESOURCE_ALREADY_EXISTS',
    message: 'Registered Model (name=other) already exists.',
  })
  expect(await call('POST registered-models/rename', { name: 'new', new_name: 'new' })).toMatchObject({ status: 200 })
  expect(await call('PATCH registered-models/update', { name: 'new', description: 'what it is' })).toMatchObject({
    registered_model: { description: 'what it is' },
  })
})

test('a version that enters a stage archives those that are there where it is told to', async () => {
  await register('m', { versions: 3 })
  const move = (version: string, archive_existing_versions: unknown): Promise<Answer> =>
    call('POST model-versions/transition-stage', { name: 'm', version, stage: 'Staging', archive_existing_versions })
  await move('1', false)
  await move('2', 'false')
  expect(await names('registered-models/get-latest-versions?name=m&stages=staging')).toEqual(['m/2'])
  await move('3', 'TRUE')
  expect(await names('registered-models/get-latest-versions?name=m')).toEqual(['m/2', 'm/3'])
  expect(await names('registered-models/get-latest-versions?name=m&stages=Archived&stages=None')).toEqual(['m/2'])
  expect(await call('GET model-versions/get?name=m&version=1')).toMatchObject({
    model_version: { current_stage: 'Archived' },
  })
})

test('a tag or alias that is deleted is gone, and one that is not there is as good as deleted', async () => {
  await register('m', { versions: 2, tags: [{ key: 'a', value: '1' }] })
  await call('POST model-versions/set-tag', { name: 'm', version: '1', key: 'a', value: '1' })
  await call('POST registered-models/alias', { name: 'm', alias: 'best', version: '1' })
  await call('POST registered-models/alias', { name: 'm', alias: 'best', version: '2' })
  expect(await call('GET registered-models/alias?name=m&alias=best')).toMatchObject({ model_version: { version: '2' } })
  expect(await call('GET registered-models/alias?name=m&alias=Latest')).toMatchObject({
    model_version: { version: '2' },
  })
  for (let twice = 0; twice < 2; twice++) {
    expect(await call('DELETE registered-models/delete-tag', { name: 'm', key: 'a' })).toEqual({ status: 200 })
    expect(await call('DELETE model-versions/delete-tag', { name: 'm', version: '1', key: 'a' })).toEqual({
      status: 200,
    })
    expect(await call('DELETE registered-models/alias', { name: 'm', alias: 'best' })).toEqual({ status: 200 })
  }
  const { registered_model: model } = (await call('GET registered-models/get?name=m')) as unknown as {
    registered_model: Fields
  }
  expect([model['tags'], model['aliases']]).toEqual([undefined, undefined])
  expect(await call('GET model-versions/get?name=m&version=1')).toEqual({
    status: 200,
    model_version: expect.not.objectContaining({ tags: expect.anything() }),
  })
})

test.each<[string, string, string]>([
  ['its number', 'models:/from/2', 's3://bucket/from/2'],
  ['its alias', 'models:/from@best', 's3://bucket/from/1'],
  ['its stage', 'models:/from/production', 's3://bucket/from/1'],
  ['being the latest', 'models:/from/latest', 's3://bucket/from/2'],
])('a version is made of another one by %s', async (_, source, place) => {
  await register('from', { versions: 2 })
  await register('to')
  await call('POST registered-models/alias', { name: 'from', alias: 'best', version: '1' })
  await call('POST model-versions/transition-stage', { name: 'from', version: '1', stage: 'Production' })
  expect(await call('POST model-versions/create', { name: 'to', source })).toMatchObject({ model_version: { source } })
  expect(await call('GET model-versions/get-download-uri?name=to&version=1')).toMatchObject({ artifact_uri: place })
})

/** Models 'apple', 'Banana' and 'cherry', the last described latest, and a prompt. */
async function threeModels(): Promise<void> {
  await register('cherry', { versions: 2, tags: [{ key: 'team', value: 'ops' }] })
  later()
  await register('Banana', { versions: 1, tags: [{ key: 'team', value: 'web' }] })
  later()
  await register('apple')
  later()
  await call('PATCH registered-models/update', { name: 'cherry', description: 'x' })
  await call('POST model-versions/create', { name: 'apple', source: 's3://b/a', run_id: 'r1' })
  await call('POST model-versions/set-tag', { name: 'cherry', version: '2', key: 'good', value: 'yes' })
  await register('greeting', { tags: [isPrompt] })
  const text = { key: 'mlflow.prompt.text', value: 'Dear {{name}}'.repeat(5000) }
  await call('POST model-versions/create', { name: 'greeting', source: 'prompt-template', tags: [isPrompt, text] })
}

const isPrompt = { key: 'mlflow.prompt.is_prompt', value: 'true' }
const all = ['Banana', 'apple', 'cherry']

test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
  ['nothing in particular, by name and without prompts', {}, all],
  ['a name', { filter: "name = 'cherry'" }, ['cherry']],
  ['a pattern', { filter: "name LIKE '%an%'" }, ['Banana']],
  ['a pattern that minds case', { filter: "name LIKE 'b%'" }, []],
  ['a pattern without case', { filter: "name ilike 'b%'" }, ['Banana']],
  ['one of some names', { filter: "name IN ('apple', 'cherry')" }, ['apple', 'cherry']],
  ['a tag', { filter: "tags.team = 'ops'" }, ['cherry']],
  ['a tag that differs, which must be there', { filter: "tag.team != 'ops'" }, ['Banana']],
  ['a name and a tag', { filter: 'name != "apple" AND tags."team" LIKE \'w%\'' }, ['Banana']],
  ['not being a prompt', { filter: "tags.`mlflow.prompt.is_prompt` = 'false'" }, all],
  ['being a prompt', { filter: "tags.`mlflow.prompt.is_prompt` = 'true'" }, ['greeting']],
  ['being a prompt of a name', { filter: "name = 'x' AND tags.`mlflow.prompt.is_prompt` = 'true'" }, []],
  ['an order', { order_by: 'name DESC' }, ['cherry', 'apple', 'Banana']],
  ['an order by change', { order_by: 'last_updated_timestamp DESC' }, ['apple', 'cherry', 'Banana']],
  ['an order by age', { order_by: 'creation_timestamp' }, ['cherry', 'Banana', 'apple']],
  ['a page', { max_results: '2' }, ['Banana', 'apple']],
])('finds registered models by %s', async (_, search, found) => {
  await threeModels()
  expect(await names(`registered-models/search?${searchOf(search)}`)).toEqual(found)
})

test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
  ['nothing in particular, what changed last first', {}, ['apple/1', 'Banana/1', 'cherry/2', 'cherry/1']],
  ['the name of their model', { filter: "name = 'cherry'" }, ['cherry/2', 'cherry/1']],
  ['a run', { filter: "run_id = 'r1'" }, ['apple/1']],
  ['one of some runs', { filter: "run_id IN ('r1', 'r2')" }, ['apple/1']],
  ['a number', { filter: 'version_number > 1' }, ['cherry/2']],
  ['a number in quotes', { filter: "version_number = '2'" }, ['cherry/2']],
  ['a source', { filter: "source_path LIKE 's3://bucket/cherry/%'" }, ['cherry/2', 'cherry/1']],
  ['a tag', { filter: "tags.good = 'yes'" }, ['cherry/2']],
  ['being a prompt', { filter: "tags.`mlflow.prompt.is_prompt` = 'true'" }, ['greeting/1']],
  ['an order', { order_by: 'version_number ASC' }, ['Banana/1', 'apple/1', 'cherry/1', 'cherry/2']],
])('finds versions by %s', async (_, search, found) => {
  await threeModels()
  expect(await names(`model-versions/search?${searchOf(search)}`)).toEqual(found)
})

test.each([
  ['registered-models/search', ['Banana', 'apple', 'cherry']],
  ['model-versions/search', ['apple/1', 'Banana/1', 'cherry/2', 'cherry/1']],
] as const)('pages of %s follow each other', async (address, whole) => {
  await threeModels()
  const seen: unknown[] = []
  for (let token: unknown = ''; token !== undefined;) {
    const page = `${address}?${searchOf({ max_results: '1', page_token: String(token) })}`
    seen.push(...(await names(page)))
    token = (await call(`GET ${page}`))['next_page_token']
  }
  expect(seen).toEqual(whole)
})

const invalid = { status: 400, error_code: 'INVALID_PARAMETER_VALUE' }
const absent = { status: 404, error_code: 'RESOURCE_DOES_NOT_EXIST' }
const exists = { status: 400, error_code: 'RESOURCE_ALREADY_EXISTS' }
const local = (source: string): object => ({
  ...invalid,
  message: `Invalid model version source: '${source}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.`,
})
const version = (fields: Fields): Fields => ({ name: 'RM', version: '1', ...fields })

test.each<[string, string, Fields | undefined, object]>([
  [
    'a name that is taken',
    'POST registered-models/create',
    { name: 'RM' },
    { ...exists, message: 'Registered Model (name=RM) already exists.' },
  ],
  [
    'a prompt with the name of a model',
    'POST registered-models/create',
    { name: 'RM', tags: [isPrompt] },
    { ...exists, message: expect.stringContaining('already taken by a registered model') },
  ],
  [
    'a model without a name',
    'POST registered-models/create',
    {},
    { ...invalid, message: expect.stringMatching(/^Missing value for required parameter 'name'\. See/) },
  ],
  [
    'a name of spaces',
    'POST registered-models/create',
    { name: '  ' },
    { ...invalid, message: expect.stringContaining("'name'") },
  ],
  ['a name without end', 'POST registered-models/create', { name: 'n'.repeat(257) }, invalid],
  [
    'a name that is a number',
    'POST registered-models/create',
    { name: 123 },
    {
      ...invalid,
      message: expect.stringMatching(
        /^Invalid value 123 for parameter 'name' supplied: {2}Hint: Value was of type 'int'\./,
      ),
    },
  ],
  [
    'a tag without end',
    'POST registered-models/set-tag',
    { name: 'RM', key: 'k', value: 'v'.repeat(100_001) },
    invalid,
  ],
  [
    'the key of a tag without end',
    'POST registered-models/set-tag',
    { name: 'RM', key: 'k'.repeat(251), value: 'v' },
    invalid,
  ],
  [
    'a model that is not',
    'GET registered-models/get?name=none',
    undefined,
    { ...absent, message: 'Registered Model with name=none not found' },
  ],
  [
    'the deletion of a model that is not',
    'DELETE registered-models/delete',
    { name: 'none' },
    { ...absent, message: 'Registered Model with name=none not found' },
  ],
  [
    'a rename to nothing',
    'POST registered-models/rename',
    { name: 'RM' },
    { ...invalid, message: expect.stringContaining("'new_name'") },
  ],
  [
    'a version of a model that is not',
    'POST model-versions/create',
    { name: 'none', source: 's3://x/y' },
    { ...absent, message: 'Registered Model with name=none not found' },
  ],
  [
    'a page beyond all measure',
    'GET registered-models/search?max_results=1001',
    undefined,
    {
      ...invalid,
      message: expect.stringMatching(
        /^Invalid value "1001" for parameter 'max_results' supplied: {2}Hint: Value was of type 'str'\. See/,
      ),
    },
  ],
  ['a page of nothing', 'GET model-versions/search?max_results=0', undefined, invalid],
  [
    'an attribute that models lack',
    "GET registered-models/search?filter=bogus='x'",
    undefined,
    { ...invalid, message: "Invalid attribute key 'bogus' specified. Valid keys are '{'name'}'" },
  ],
  [
    'an attribute that versions lack',
    "GET model-versions/search?filter=bogus='x'",
    undefined,
    { ...invalid, message: expect.stringMatching(/^Invalid attribute key 'bogus' specified\./) },
  ],
  ['a version number that is text', "GET model-versions/search?filter=version_number='x'", undefined, invalid],
  [
    'an OR',
    "GET registered-models/search?filter=name='a' OR name='b'",
    undefined,
    { ...invalid, message: "Invalid clause(s) in filter string: 'OR'" },
  ],
  [
    'SQL in the place of a filter',
    "GET registered-models/search?filter=name='x'; drop table registry_models",
    undefined,
    invalid,
  ],
  [
    'an order that is none',
    'GET registered-models/search?order_by=bogus',
    undefined,
    { ...invalid, message: expect.stringContaining("Invalid order by key 'bogus'") },
  ],
  [
    'an order that names one thing twice',
    'GET model-versions/search?order_by=name&order_by=name DESC',
    undefined,
    { ...invalid, message: expect.stringContaining('duplicate fields') },
  ],
  ['a path of a disk', 'POST model-versions/create', { name: 'RM', source: '/etc' }, local('/etc')],
  [
    'a path of a disk by its scheme',
    'POST model-versions/create',
    { name: 'RM', source: 'file:///etc' },
    local('file:///etc'),
  ],
  [
    'a path of a disk of another machine',
    'POST model-versions/create',
    { name: 'RM', source: 'file://host/etc' },
    local('file://host/etc'),
  ],
  ['a path from somewhere', 'POST model-versions/create', { name: 'RM', source: 'model' }, local('model')],
  [
    'a path of a disk with a letter',
    'POST model-versions/create',
    { name: 'RM', source: 'C:\\model' },
    local('C:\\model'),
  ],
  [
    'a source that leads out of its place',
    'POST model-versions/create',
    { name: 'RM', source: 'mlflow-artifacts:/0/../../x' },
    { ...invalid, message: expect.stringContaining('without relative path references') },
  ],
  [
    'a source that leads out in disguise',
    'POST model-versions/create',
    { name: 'RM', source: 'mlflow-artifacts://h/%252e%252e%252fx' },
    { ...invalid, message: expect.stringContaining('without relative path references') },
  ],
  [
    'a source of no place',
    'POST model-versions/create',
    { name: 'RM' },
    { ...invalid, message: expect.stringContaining("'source'") },
  ],
  ['a source in another registry', 'POST model-versions/create', { name: 'RM', source: 'models://host/RM/1' }, invalid],
  [
    'a logged model that is not',
    'POST model-versions/create',
    { name: 'RM', source: 'models:/m-nope' },
    { ...absent, message: "Logged model with ID 'm-nope' not found." },
  ],
  [
    'a logged model other than the source',
    'POST model-versions/create',
    { name: 'RM', source: 'models:/m-a', model_id: 'm-b' },
    invalid,
  ],
  [
    'a source version that is not',
    'POST model-versions/create',
    { name: 'RM', source: 'models:/RM/7' },
    { ...absent, message: 'Model Version (name=RM, version=7) not found' },
  ],
  [
    'a prompt with a source',
    'POST model-versions/create',
    { name: 'RM', source: '/etc', tags: [isPrompt] },
    { ...invalid, message: expect.stringContaining('Invalid prompt source') },
  ],
  [
    'a version that is not',
    'GET model-versions/get?name=RM&version=9',
    undefined,
    { ...absent, message: 'Model Version (name=RM, version=9) not found' },
  ],
  [
    'a version that is no number',
    'GET model-versions/get?name=RM&version=abc',
    undefined,
    { ...invalid, message: "Parameter 'version' must be an integer, got 'abc'." },
  ],
  [
    'a stage that is not',
    'POST model-versions/transition-stage',
    version({ stage: 'bogus' }),
    {
      ...invalid,
      message: 'Invalid Model Version stage: bogus. Value must be one of None, Staging, Production, Archived.',
    },
  ],
  [
    'archiving what is in no active stage',
    'POST model-versions/transition-stage',
    version({ stage: 'None', archive_existing_versions: true }),
    { ...invalid, message: expect.stringContaining('not an Active stage') },
  ],
  [
    'the alias latest',
    'POST registered-models/alias',
    version({ alias: 'latest' }),
    { ...invalid, message: "'latest' alias name (case insensitive) is reserved." },
  ],
  [
    'the alias v1',
    'POST registered-models/alias',
    version({ alias: 'v1' }),
    { ...invalid, message: "Version alias name 'v1' is reserved." },
  ],
  [
    'an alias with a space',
    'POST registered-models/alias',
    version({ alias: 'a b' }),
    {
      ...invalid,
      message: "Invalid alias name: 'a b'. Names may only contain alphanumerics, underscores (_), and dashes (-).",
    },
  ],
  ['an alias without end', 'POST registered-models/alias', version({ alias: 'a'.repeat(256) }), invalid],
  [
    'an alias of a version that is not',
    'POST registered-models/alias',
    version({ alias: 'a', version: '9' }),
    { ...absent, message: 'Model Version (name=RM, version=9) not found' },
  ],
  [
    'an alias that is not',
    'GET registered-models/alias?name=RM&alias=nope',
    undefined,
    { ...invalid, message: 'Registered model alias nope not found.' },
  ],
  ['an alias of a model that is not', 'GET registered-models/alias?name=none&alias=nope', undefined, absent],
])('%s is refused in the words of MLflow', async (_, address, fields, refusal) => {
  await register('RM', { versions: 1 })
  expect(await call(address, fields)).toMatchObject(refusal)
  expect(await names('model-versions/search')).toEqual(['RM/1'])
})

test('names may hold slashes, colons and letters of any language', async () => {
  await register('a/b:c größe', { versions: 1 })
  await register('copy')
  expect(await names('registered-models/search')).toEqual(['a/b:c größe', 'copy'])
  expect(await call('POST model-versions/create', { name: 'copy', source: 'models:/a/b:c größe/1' })).toMatchObject({
    status: 200,
  })
})

test('a version of files elsewhere keeps its run, its link and its source', async () => {
  await register('RM')
  const fields = { source: 's3://x/y', run_id: 'RUN', run_link: 'https://ci/7', description: 'nightly' }
  expect(await call('POST model-versions/create', { name: 'RM', ...fields })).toMatchObject({
    model_version: { ...fields, version: '1', status: 'READY' },
  })
})
