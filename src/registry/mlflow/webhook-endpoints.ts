import { messageOf } from '#platform'
import {
  holdLength,
  missing,
  pageToken,
  readPageToken,
  wireList,
  type Call,
  type Endpoint,
  type Message,
} from '#tracking'
import type { Webhooks } from '../webhooks/open-webhooks.ts'
import { open, together, type WebhookRow, type WebhookTables } from '../webhooks/store/tables.ts'
import { deleteWebhook, eventsOf, insertWebhook, listWebhooks, updateWebhook } from '../webhooks/store/webhooks.ts'
import { exampleOf, webhookBody } from '../webhooks/webhook-events.ts'
import { eventOf, eventsAskedOf, heldWebhook, nameOf, pageSizeOf, secretOf, statusOf, urlOf } from './held-webhook.ts'

/** The addresses of those who are told of what happens in the registry; their secrets are never told. */
export function webhookEndpoints(webhooks: Webhooks): readonly Endpoint[] {
  const sealed = async (secret: string): Promise<string | null> => (secret === '' ? null : webhooks.seal(secret))
  return [
    {
      method: 'POST',
      path: 'webhooks',
      permission: 'model:write',
      answer: async ({ workspace, project, message }) => {
        const [name, url, events] = [nameOf(message), urlOf(message, webhooks.options), eventsAskedOf(message)]
        if (name === undefined) throw missing('name')
        if (url === undefined) throw missing('url')
        if (events === undefined) throw missing('events')
        const atMs = workspace.clock.now()
        const row: WebhookRow = {
          id: workspace.ids.next('webhook'),
          project,
          name,
          url,
          description: descriptionOf(message) ?? '',
          secret: await sealed(secretOf(message) ?? ''),
          status: statusOf(message) ?? 'active',
          created_at_ms: atMs,
          updated_at_ms: atMs,
        }
        await together(workspace.database, (tables) => insertWebhook(tables, row, events))
        return wireOne(open(workspace.database), row)
      },
    },
    {
      method: 'GET',
      path: 'webhooks',
      permission: 'model:read',
      answer: async ({ workspace, project, message }) => {
        const [limit, offset] = [pageSizeOf(message), readPageToken(message.text('page_token'))]
        const tables = open(workspace.database)
        const found = await listWebhooks(tables, { project, limit: limit + 1, offset })
        return {
          webhooks: wireList(await Promise.all(found.slice(0, limit).map((row) => wire(tables, row)))),
          next_page_token: found.length > limit ? pageToken(offset + limit) : undefined,
        }
      },
    },
    {
      method: 'GET',
      path: 'webhooks/:webhook_id',
      permission: 'model:read',
      answer: async (call) => wireOne(open(call.workspace.database), await asked(call)),
    },
    {
      method: 'PATCH',
      path: 'webhooks/:webhook_id',
      permission: 'model:write',
      answer: async ({ workspace, project, message, words }) => {
        const [url, events, secret] = [urlOf(message, webhooks.options), eventsAskedOf(message), secretOf(message)]
        const change = {
          ...defined({ name: nameOf(message), url, description: descriptionOf(message), status: statusOf(message) }),
          ...(secret !== undefined && { secret: await sealed(secret) }),
        }
        const changed = await together(workspace.database, async (tables) => {
          const held = await heldWebhook(tables, { project, id: words['webhook_id'] as string })
          // Two changes in one millisecond are told apart, too.
          const updated_at_ms = Math.max(workspace.clock.now(), held.updated_at_ms + 1)
          const row = { ...held, ...change, updated_at_ms }
          await updateWebhook(tables, row, events)
          return row
        })
        // What waited while it was disabled may go now.
        webhooks.wake()
        return wireOne(open(workspace.database), changed)
      },
    },
    {
      method: 'DELETE',
      path: 'webhooks/:webhook_id',
      permission: 'model:write',
      answer: async ({ workspace, project, words }) => {
        await together(workspace.database, async (tables) => {
          await deleteWebhook(tables, (await heldWebhook(tables, { project, id: words['webhook_id'] as string })).id)
        })
        return {}
      },
    },
    {
      method: 'POST',
      path: 'webhooks/:webhook_id/test',
      permission: 'model:write',
      answer: async (call) => {
        const webhook = await asked(call)
        const { workspace, message } = call
        const wanted = message.message('event')
        const event = wanted ? eventOf(wanted) : (await eventsOf(open(workspace.database), webhook.id))[0]
        if (event === undefined) throw missing('event')
        const body = webhookBody(event, { data: exampleOf(event), atMs: workspace.clock.now() })
        const { url, secret } = webhook
        return { result: await tried(webhooks, { url, secret, id: workspace.ids.next('delivery'), body }) }
      },
    },
  ]
}

/** Addresses after whose changes the webhooks are told. */
export const wakingWebhooks = (webhooks: Webhooks, endpoints: readonly Endpoint[]): readonly Endpoint[] =>
  endpoints.map((endpoint) =>
    endpoint.method === 'GET'
      ? endpoint
      : {
          ...endpoint,
          answer: async (call: Call) => {
            const answer = await endpoint.answer(call)
            webhooks.wake()
            return answer
          },
        },
  )

async function tried(webhooks: Webhooks, delivery: Parameters<Webhooks['post']>[0]): Promise<object> {
  try {
    const { status, text } = await webhooks.post(delivery)
    return { success: status < 400, response_status: status, response_body: text }
  } catch (error) {
    return { success: false, error_message: `Failed to test webhook: ${messageOf(error)}` }
  }
}

const asked = ({ workspace, project, words }: Call): Promise<WebhookRow> =>
  heldWebhook(open(workspace.database), { project, id: words['webhook_id'] as string })

async function wireOne(tables: WebhookTables, row: WebhookRow): Promise<object> {
  return { webhook: await wire(tables, row) }
}

async function wire(tables: WebhookTables, row: WebhookRow): Promise<object> {
  const events = (await eventsOf(tables, row.id)).map((event) => event.toUpperCase().split('.'))
  return {
    webhook_id: row.id,
    name: row.name,
    url: row.url,
    events: events.map(([entity, action]) => ({ entity, action })),
    description: row.description || undefined,
    status: row.status === 'active' ? 'ACTIVE' : 'DISABLED',
    creation_timestamp: row.created_at_ms,
    last_updated_timestamp: row.updated_at_ms,
  }
}

function descriptionOf(message: Message): string | undefined {
  const description = message.text('description')
  holdLength('description', description ?? '', longestDescription)
  return description
}

/** The fields that have a value. */
const defined = <Fields extends object>(fields: Fields): { [Name in keyof Fields]?: NonNullable<Fields[Name]> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never

const longestDescription = 1000
