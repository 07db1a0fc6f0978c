import { createHmac } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isPostgres } from '#platform'
import { openReceiver, type Receiver } from './fixtures/receiver.ts'
import { askRegistry, openRegistryServer, tell, type RegistryServer } from './fixtures/registry-server.ts'
import { webhookEvents } from './webhook-events.ts'

let folder: string
let server: RegistryServer
let receiver: Receiver
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'webhooks-'))
  ;[server, receiver] = await Promise.all([openRegistryServer(folder), openReceiver()])
})
afterEach(async () => {
  await Promise.all([server.close(), receiver.close()])
  await rm(folder, { recursive: true, maxRetries: 3 })
})

const ask = (address: string, fields?: object) => askRegistry(server, address, fields)
const made = (name: string) => ask('POST registered-models/create', { name })
const source = 's3://bucket/x'

describe('a webhook', () => {
  test('is told of what happens to models, each with its facts', async () => {
    await tell(server, receiver.url, { events: webhookEvents })
    const tags = [{ key: 'team', value: 'a' }]
    await ask('POST registered-models/create', { name: 'RM', tags, description: 'd' })
    await ask('POST model-versions/create', { name: 'RM', source, run_id: 'r1', tags })
    await ask('POST model-versions/set-tag', { name: 'RM', version: '1', key: 'k', value: 'v' })
    await ask('DELETE model-versions/delete-tag', { name: 'RM', version: '1', key: 'k' })
    await ask('POST registered-models/alias', { name: 'RM', alias: 'champion', version: '1' })
    await ask('DELETE registered-models/alias', { name: 'RM', alias: 'champion' })
    // Nobody is told of the tags of a model.
    await ask('POST registered-models/set-tag', { name: 'RM', key: 'k', value: 'v' })
    await made('last')
    const told = await receiver.hears(7)
    expect(told.map(({ event, data }) => [event, data])).toEqual([
      ['registered_model.created', { name: 'RM', tags: { team: 'a' }, description: 'd' }],
      [
        'model_version.created',
        { name: 'RM', version: '1', source, run_id: 'r1', tags: { team: 'a' }, description: null },
      ],
      ['model_version_tag.set', { name: 'RM', version: '1', key: 'k', value: 'v' }],
      ['model_version_tag.deleted', { name: 'RM', version: '1', key: 'k' }],
      ['model_version_alias.created', { name: 'RM', alias: 'champion', version: '1' }],
      ['model_version_alias.deleted', { name: 'RM', alias: 'champion' }],
      ['registered_model.created', { name: 'last', tags: {}, description: '' }],
    ])
    expect(new Set(told.map(({ headers }) => headers['x-mlflow-delivery-id'])).size).toBe(7)
    expect(Object.keys(JSON.parse(told[0]?.body as string) as object)).toEqual([
      'entity',
      'action',
      'timestamp',
      'data',
    ])
  })

  test('is told of prompts by names of their own', async () => {
    await tell(server, receiver.url, { events: webhookEvents })
    const isPrompt = { key: 'mlflow.prompt.is_prompt', value: 'true' }
    await ask('POST registered-models/create', { name: 'P', tags: [isPrompt, { key: 'team', value: 'a' }] })
    const text = { key: 'mlflow.prompt.text', value: 'Hello {{name}}' }
    await ask('POST model-versions/create', { name: 'P', source: 'prompt-template', tags: [isPrompt, text] })
    await ask('POST registered-models/set-tag', { name: 'P', key: 'k', value: 'v' })
    await ask('DELETE registered-models/delete-tag', { name: 'P', key: 'k' })
    await ask('POST model-versions/set-tag', { name: 'P', version: '1', key: 'k', value: 'v' })
    await ask('DELETE model-versions/delete-tag', { name: 'P', version: '1', key: 'k' })
    await ask('POST registered-models/alias', { name: 'P', alias: 'live', version: '1' })
    await ask('DELETE registered-models/alias', { name: 'P', alias: 'live' })
    const told = await receiver.hears(8)
    expect(told.map(({ event }) => event)).toEqual([
      'prompt.created',
      'prompt_version.created',
      'prompt_tag.set',
      'prompt_tag.deleted',
      'prompt_version_tag.set',
      'prompt_version_tag.deleted',
      'prompt_alias.created',
      'prompt_alias.deleted',
    ])
    expect(told[0]?.data).toEqual({ name: 'P', tags: { team: 'a' }, description: '' })
    expect(told[1]?.data).toMatchObject({ name: 'P', version: '1', template: 'Hello {{name}}', tags: {} })
  })

  test('is told of its events alone, and of nothing that was refused', async () => {
    await tell(server, `${receiver.url}/models`, { events: ['registered_model.created'] })
    await tell(server, `${receiver.url}/aliases`, { events: ['model_version_alias.created'] })
    await made('RM')
    expect((await made('RM')).status).toBe(400)
    expect((await ask('POST registered-models/alias', { name: 'RM', alias: 'a', version: '9' })).status).toBe(404)
    await ask('POST model-versions/create', { name: 'RM', source })
    await ask('POST registered-models/alias', { name: 'RM', alias: 'a', version: '1' })
    await made('last')
    const told = await receiver.hears(3)
    expect(new Set(told.map(({ path, data }) => `${path} ${String(data['name'])}`))).toEqual(
      new Set(['/models RM', '/aliases RM', '/models last']),
    )
  })

  test('can tell by the signature who told it, and nobody is told its secret', async () => {
    const secret = 'my_secret_that_nobody_sees'
    const id = await tell(server, receiver.url, { events: ['registered_model.created'], secret })
    await made('RM')
    const [told] = await receiver.hears(1)
    const { 'x-mlflow-delivery-id': delivery, 'x-mlflow-timestamp': seconds } = told?.headers ?? {}
    const signed = createHmac('sha256', secret).update([delivery, seconds, told?.body].join('.')).digest('base64')
    expect(told?.headers['x-mlflow-signature']).toBe(`v1,${signed}`)
    for (const address of ['GET webhooks', `GET webhooks/${id}`])
      expect(JSON.stringify(await ask(address))).not.toMatch(/secret/)
    const { database } = server.workspace
    const stored = isPostgres(database)
      ? JSON.stringify(await sql`select * from registry_webhooks`.execute(database))
      : await readFile(join(folder, 'facts.sqlite-wal'), 'latin1')
    expect(stored).toContain(receiver.url)
    expect(stored).not.toContain(secret)
  })

  test('that fails is told again, with the same id, until it is well', async () => {
    const statuses = [500, 302, 429, 200]
    receiver.answers((_, response) => {
      response.writeHead(statuses.shift() as number, { location: `${receiver.url}/elsewhere` }).end()
    })
    await tell(server, `${receiver.url}/here`, { events: ['registered_model.created'] })
    await made('RM')
    const told = await receiver.hears(4)
    expect(told.map(({ path }) => path)).toEqual(['/here', '/here', '/here', '/here'])
    expect(new Set(told.map(({ headers, body }) => [headers['x-mlflow-delivery-id'], body].join(' '))).size).toBe(1)
  })

  test('that says it is gone is disabled, and told once it is enabled again', async () => {
    receiver.answers((_, response) => void response.writeHead(410).end())
    const id = await tell(server, receiver.url, { events: ['registered_model.created'] })
    await made('RM')
    await receiver.hears(1)
    await expect.poll(async () => (await ask(`GET webhooks/${id}`))['webhook']).toMatchObject({ status: 'DISABLED' })
    await made('unheard')
    receiver.answers((_, response) => void response.writeHead(200).end())
    await ask(`PATCH webhooks/${id}`, { status: 'ACTIVE' })
    await made('heard')
    const told = await receiver.hears(2)
    expect(told.map(({ data }) => data['name'])).toEqual(['RM', 'heard'])
  })

  test('that does not answer keeps no other one waiting', async () => {
    receiver.answers((told, response) => {
      if (told.path === '/well') response.writeHead(200).end()
    })
    for (const path of ['/still', '/well'])
      await tell(server, receiver.url + path, { events: ['registered_model.created'] })
    for (const name of ['a', 'b', 'c']) await made(name)
    await expect
      .poll(() => receiver.told.filter(({ path }) => path === '/well').map(({ data }) => data['name']))
      .toEqual(['a', 'b', 'c'])
  })

  test('that is deleted is told nothing more', async () => {
    receiver.answers((_, response) => void response.writeHead(500).end())
    const id = await tell(server, `${receiver.url}/gone`, { events: ['registered_model.created'] })
    await made('RM')
    await receiver.hears(1)
    expect(await ask(`DELETE webhooks/${id}`)).toEqual({ status: 200 })
    expect((await ask(`GET webhooks/${id}`)).status).toBe(404)
    receiver.answers((_, response) => void response.writeHead(200).end())
    const before = receiver.told.length
    await tell(server, `${receiver.url}/there`, { events: ['registered_model.created'] })
    await made('last')
    await expect.poll(() => receiver.told.at(-1)?.path).toBe('/there')
    expect(receiver.told.slice(before).filter(({ data }) => data['name'] === 'last')).toHaveLength(1)
  })

  test('can be tried, with an example of an event', async () => {
    receiver.answers((told, response) => void response.writeHead(told.path === '/well' ? 201 : 403).end('said'))
    const well = await tell(server, `${receiver.url}/well`, { events: ['model_version_alias.created'] })
    expect(await ask(`POST webhooks/${well}/test`)).toEqual({
      status: 200,
      result: { success: true, response_status: 201, response_body: 'said' },
    })
    const bad = await tell(server, `${receiver.url}/bad`, { events: ['registered_model.created'] })
    const event = { entity: 'PROMPT_TAG', action: 'SET' }
    expect(await ask(`POST webhooks/${bad}/test`, { event })).toMatchObject({
      result: { success: false, response_status: 403 },
    })
    expect(receiver.told.map(({ event: one, data }) => [one, data])).toEqual([
      ['model_version_alias.created', { name: 'example_model', alias: 'example_alias', version: '1' }],
      ['prompt_tag.set', { name: 'example_prompt', key: 'example_key', value: 'example_value' }],
    ])
    await receiver.close()
    expect(await ask(`POST webhooks/${well}/test`, {})).toMatchObject({
      result: { success: false, error_message: expect.stringContaining('ECONNREFUSED') },
    })
  })
})

test('a webhook to this machine is sent nothing where only public addresses are allowed', async () => {
  // Made while it was allowed.
  await tell(server, receiver.url, { events: ['registered_model.created'] })
  await server.close()
  server = await openRegistryServer(folder, { allowPrivate: false })
  await made('RM')
  const waiting = () =>
    ask('GET webhooks').then(({ webhooks }) => (webhooks as { webhook_id: string }[])[0]?.webhook_id)
  const id = await waiting()
  expect(await ask(`POST webhooks/${id}/test`)).toMatchObject({
    result: { success: false, error_message: expect.stringContaining('not a public one') },
  })
  expect(receiver.told).toEqual([])
})
