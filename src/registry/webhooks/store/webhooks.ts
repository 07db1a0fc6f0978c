import type { WebhookEvent } from '../webhook-events.ts'
import type { WebhookRow, WebhookTables } from './tables.ts'

export async function insertWebhook(
  tables: WebhookTables,
  row: WebhookRow,
  events: ReadonlySet<WebhookEvent>,
): Promise<void> {
  await tables.insertInto('registry_webhooks').values(row).execute()
  await putEvents(tables, row.id, events)
}

/** @param events that take the place of those before; undefined for the same */
export async function updateWebhook(
  tables: WebhookTables,
  row: WebhookRow,
  events: ReadonlySet<WebhookEvent> | undefined,
): Promise<void> {
  const { id, ...change } = row
  await tables.updateTable('registry_webhooks').set(change).where('id', '=', id).execute()
  if (!events) return
  await tables.deleteFrom('registry_webhook_events').where('webhook', '=', id).execute()
  await putEvents(tables, id, events)
}

export const disableWebhook = (tables: WebhookTables, id: string) =>
  tables.updateTable('registry_webhooks').set({ status: 'disabled' }).where('id', '=', id).execute()

async function putEvents(tables: WebhookTables, webhook: string, events: ReadonlySet<WebhookEvent>): Promise<void> {
  const rows = Array.from(events, (event) => ({ webhook, event }))
  await tables.insertInto('registry_webhook_events').values(rows).execute()
}

/** Deletes a webhook, and what it was still to be told. */
export async function deleteWebhook(tables: WebhookTables, id: string): Promise<void> {
  for (const table of ['registry_webhook_deliveries', 'registry_webhook_events'] as const)
    await tables.deleteFrom(table).where('webhook', '=', id).execute()
  await tables.deleteFrom('registry_webhooks').where('id', '=', id).execute()
}

/** A webhook as a request names it: by its id, within a project. */
export interface WebhookName {
  readonly project: string
  readonly id: string
}

export const webhookById = (tables: WebhookTables, { project, id }: WebhookName): Promise<WebhookRow | undefined> =>
  tables
    .selectFrom('registry_webhooks')
    .selectAll()
    .where('id', '=', id)
    .where('project', '=', project)
    .executeTakeFirst()

/** Webhooks of a project, the newest first. */
export const listWebhooks = (
  tables: WebhookTables,
  { project, limit, offset }: { readonly project: string; readonly limit: number; readonly offset: number },
): Promise<WebhookRow[]> =>
  tables
    .selectFrom('registry_webhooks')
    .selectAll()
    .where('project', '=', project)
    .orderBy('created_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset)
    .execute()

export async function eventsOf(tables: WebhookTables, webhook: string): Promise<readonly WebhookEvent[]> {
  const query = tables.selectFrom('registry_webhook_events').select('event').where('webhook', '=', webhook)
  const rows = await query.orderBy('event').execute()
  return rows.map(({ event }) => event)
}

/** Ids of the webhooks of a project that are told of any of some events, with the event. */
export const listenersOf = (
  tables: WebhookTables,
  { project, events }: { readonly project: string; readonly events: readonly WebhookEvent[] },
) =>
  tables
    .selectFrom('registry_webhook_events as listened')
    .innerJoin('registry_webhooks as webhook', 'webhook.id', 'listened.webhook')
    .select(['webhook.id', 'listened.event'])
    .where('listened.event', 'in', events)
    .where('webhook.status', '=', 'active')
    .where('webhook.project', '=', project)
    .execute()
