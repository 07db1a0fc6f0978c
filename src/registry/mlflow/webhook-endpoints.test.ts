import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askRegistry, openRegistryServer, type RegistryServer } from '../webhooks/fixtures/registry-server.ts'
import { open as openWebhookTables } from '../webhooks/store/tables.ts'

let folder: string
let server: RegistryServer
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'webhook-endpoints-'))
  server = await openRegistryServer(folder, { allowPrivate: false })
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, maxRetries: 3 })
})

const ask = (address: string, fields?: object) => askRegistry(server, address, fields)
const event = { entity: 'MODEL_VERSION', action: 'CREATED' }
const hook = { name: 'hook', url: 'https://example.com/hook', events: [event] }

test('webhooks are made, read, changed, listed page by page and deleted', async () => {
  const other = { entity: 'REGISTERED_MODEL', action: 'CREATED' }
  const { webhook } = (await ask('POST webhooks', {
    ...hook,
    description: 'd',
    events: [2, 1].map((entity) => ({ entity, action: 1 })),
  })) as unknown as {
    webhook: Record<string, unknown>
  }
  expect(webhook).toEqual({
    webhook_id: expect.stringMatching(/^webhook_/),
    name: 'hook',
    url: hook.url,
    events: [event, other],
    description: 'd',
    status: 'ACTIVE',
    creation_timestamp: webhook['last_updated_timestamp'],
    last_updated_timestamp: expect.any(Number),
  })
  const id = webhook['webhook_id'] as string
  expect(await ask(`GET webhooks/${id}`)).toEqual({ status: 200, webhook })
  const changed = await ask(`PATCH webhooks/${id}`, {
    name: 'other',
    description: '',
    status: 'DISABLED',
    events: [other],
  })
  expect(changed['webhook']).toMatchObject({ name: 'other', url: hook.url, status: 'DISABLED', events: [other] })
  expect(changed['webhook']).not.toHaveProperty('description')
  for (let k = 0; k < 2; k++) await ask('POST webhooks', { ...hook, name: `hook${k}` })
  const page = await ask('GET webhooks?max_results=2')
  expect(page['webhooks']).toHaveLength(2)
  const next = await ask(
    `GET webhooks?max_results=2&page_token=${encodeURIComponent(page['next_page_token'] as string)}`,
  )
  expect(next['webhooks']).toMatchObject([{ webhook_id: id }])
  expect(next).not.toHaveProperty('next_page_token')
  expect(await ask(`DELETE webhooks/${id}`)).toEqual({ status: 200 })
  expect(((await ask('GET webhooks'))['webhooks'] as object[]).length).toBe(2)
})

test.each([
  ['no name', { name: '' }, "required parameter 'name'"],
  ['a name with other signs', { name: 'a b' }, 'Webhook name'],
  ['a name without end', { name: 'n'.repeat(64) }, 'less than 63'],
  ['no address', { url: '' }, "required parameter 'url'"],
  ['an address of spaces', { url: '   ' }, 'empty or just whitespace'],
  ['another protocol', { url: 'ftp://example.com' }, "Invalid webhook URL scheme: 'ftp'. Allowed schemes are: https."],
  ['an address without TLS', { url: 'http://example.com' }, "Invalid webhook URL scheme: 'http'"],
  ['what is no address', { url: 'https://[invalid' }, 'Invalid webhook URL'],
  ['an address with a password', { url: 'https://a:b@example.com' }, 'holds a password'],
  ['this machine', { url: 'https://127.0.0.1/x' }, 'no public address'],
  ['this machine as a number', { url: 'https://2130706433/x' }, 'no public address'],
  ['this machine by name', { url: 'https://localhost:8080' }, 'no public address'],
  ['the metadata of a cloud', { url: 'https://169.254.169.254/latest' }, 'no public address'],
  ['a private network by IPv6', { url: 'https://[fd00::1]/' }, 'no public address'],
  ['an address without end', { url: `https://example.com/${'x'.repeat(2000)}` }, 'url'],
  ['no events', { events: [] }, "required parameter 'events'"],
  [
    'an event that nobody tells of',
    { events: [{ entity: 'MODEL_VERSION', action: 'DELETED' }] },
    "Invalid action 'deleted' for entity 'model_version'. Valid actions are: ['created']",
  ],
  [
    'an event of what is not here',
    { events: [{ entity: 'BUDGET_POLICY', action: 'EXCEEDED' }] },
    "for entity 'budget_policy'",
  ],
  ['an event of nothing', { events: [{ entity: 'x', action: 'CREATED' }] }, "parameter 'events[0].entity'"],
  ['an event without an action', { events: [{ entity: 'MODEL_VERSION' }] }, "required parameter 'action'"],
  ['another status', { status: 'GONE' }, "parameter 'status'"],
  ['a secret that is no text', { secret: 5 }, "parameter 'secret'"],
  ['a secret without end', { secret: 's'.repeat(1001) }, "parameter 'secret'"],
])('a webhook with %s is refused, and nothing is stored', async (_, fields, why) => {
  const before = await ask('GET webhooks')
  const answer = await ask('POST webhooks', { ...hook, ...fields })
  expect(answer).toMatchObject({ status: 400, error_code: 'INVALID_PARAMETER_VALUE' })
  expect(answer['message']).toContain(why)
  expect(await ask('GET webhooks')).toEqual(before)
})

test.each([
  ['GET webhooks/nope', undefined],
  ['PATCH webhooks/nope', { name: 'x' }],
  ['DELETE webhooks/nope', undefined],
  ['POST webhooks/nope/test', undefined],
])('%s is not found', async (address, fields) => {
  expect(await ask(address, fields)).toEqual({
    status: 404,
    error_code: 'RESOURCE_DOES_NOT_EXIST',
    message: 'Webhook with ID nope not found.',
  })
})

test('another project has webhooks of its own, and is told of its own models alone', async () => {
  const { webhook } = (await ask('POST webhooks', hook)) as unknown as { webhook: { webhook_id: string } }
  const elsewhere = (address: string, fields?: object) => askRegistry({ ...server, project: 'team-b' }, address, fields)
  expect(await elsewhere('GET webhooks')).toEqual({ status: 200 })
  for (const address of ['GET', 'PATCH', 'DELETE'].map((method) => `${method} webhooks/${webhook.webhook_id}`))
    expect(await elsewhere(address, address.startsWith('PATCH') ? { name: 'x' } : undefined)).toMatchObject({
      status: 404,
    })
  await elsewhere('POST webhooks', { ...hook, events: [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }] })
  await ask('POST registered-models/create', { name: 'here' })
  await elsewhere('POST registered-models/create', { name: 'there' })
  const waiting = await openWebhookTables(server.workspace.database)
    .selectFrom('registry_webhook_deliveries')
    .select('body')
    .execute()
  expect(waiting.map(({ body }) => (JSON.parse(body) as { data: { name: string } }).data.name)).toEqual(['there'])
})

test.each(['1001', '-1'])('a page of %s is refused', async (size) => {
  expect(await ask(`GET webhooks?max_results=${size}`)).toMatchObject({ status: 400 })
})
