import { expect, test } from 'vitest'
import { updateModelVersion } from '../models/store/model-versions.ts'
import { open } from '../models/store/tables.ts'
import { registryClient, searchOf, type Answer, type Fields } from './fixtures/registry-client.ts'

const { call, later, register, names, workspace } = registryClient()

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
    return model.info.tags[0]?.value
  }
  expect(await versions()).toBe('[{"name": "Reg1", "version": 1}]')
  await call('POST model-versions/create', { name: 'Reg1', source })
  expect(await versions()).toBe('[{"name": "Reg1", "version": 1}, {"name": "Reg1", "version": 2}]')
  await call(`PATCH logged-models/${model_id}/tags`, { tags: [{ key: 'mlflow.modelVersions', value: 'no JSON' }] })
  expect(await call('POST model-versions/create', { name: 'Reg1', source })).toMatchObject({ status: 200 })
  expect(await versions()).toBe('[{"name": "Reg1", "version": 3}]')
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

test.each([
  ['pending', 'PENDING_REGISTRATION', ''],
  ['failed', 'FAILED_REGISTRATION', 'The model has no input x'],
] as const)(
  'a version that is %s is shown as such, with the reason, and is not the newest',
  async (status, name, reason) => {
    await register('m', { versions: 2 })
    const tables = open(workspace().database)
    await updateModelVersion(tables, { model: 1, version: 2 }, { status, status_message: reason })
    expect(await call('GET model-versions/get?name=m&version=2')).toMatchObject({
      model_version: { status: name, ...(reason !== '' && { status_message: reason }) },
    })
    expect(await names('registered-models/get-latest-versions?name=m')).toEqual(['m/1'])
    expect(await call('GET registered-models/alias?name=m&alias=latest')).toMatchObject({
      model_version: { version: '1' },
    })
    expect(await names('model-versions/search')).toEqual(['m/2', 'm/1'])
  },
)

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
