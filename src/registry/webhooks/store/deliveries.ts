import type { EpochMs } from '#platform'
import type { DeliveryRow, WebhookTables } from './tables.ts'

export const insertDeliveries = (tables: WebhookTables, rows: readonly DeliveryRow[]) =>
  tables.insertInto('registry_webhook_deliveries').values(rows).execute()

/** What webhooks that are not disabled have still to be told. */
const waiting = (tables: WebhookTables) =>
  tables
    .selectFrom('registry_webhook_deliveries as delivery')
    .innerJoin('registry_webhooks as webhook', 'webhook.id', 'delivery.webhook')
    .where('delivery.state', '=', 'waiting')
    .where('webhook.status', '=', 'active')

/** The webhooks that are to be told something by now. */
export async function dueWebhooks(tables: WebhookTables, now: EpochMs): Promise<readonly string[]> {
  const query = waiting(tables).select('delivery.webhook').distinct().where('delivery.due_at_ms', '<=', now)
  return (await query.execute()).map(({ webhook }) => webhook)
}

/** What a webhook is to be told next: what was due first. */
export const dueDelivery = (tables: WebhookTables, webhook: string, now: EpochMs) =>
  waiting(tables)
    .selectAll('delivery')
    .select(['webhook.url', 'webhook.secret'])
    .where('delivery.webhook', '=', webhook)
    .where('delivery.due_at_ms', '<=', now)
    .orderBy('delivery.due_at_ms')
    .orderBy('delivery.at_ms')
    .orderBy('delivery.id')
    .limit(1)
    .executeTakeFirst()

/** When the next one is to be told; undefined where none waits. */
export async function nextDue(tables: WebhookTables, after: EpochMs): Promise<EpochMs | undefined> {
  const query = waiting(tables).select('delivery.due_at_ms').where('delivery.due_at_ms', '>', after)
  return (await query.orderBy('delivery.due_at_ms').limit(1).executeTakeFirst())?.due_at_ms
}

/** Takes a delivery to try it, until some moment. @returns whether no other process took it before */
export async function claimDelivery(
  tables: WebhookTables,
  { id, due_at_ms: due, attempts }: Pick<DeliveryRow, 'id' | 'due_at_ms' | 'attempts'>,
  untilMs: EpochMs,
): Promise<boolean> {
  const claimed = await tables
    .updateTable('registry_webhook_deliveries')
    .set({ due_at_ms: untilMs, attempts: attempts + 1 })
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .where('due_at_ms', '=', due)
    .where('attempts', '=', attempts)
    .executeTakeFirst()
  return claimed.numUpdatedRows > 0n
}

export const updateDelivery = (tables: WebhookTables, id: string, change: Partial<DeliveryRow>) =>
  tables.updateTable('registry_webhook_deliveries').set(change).where('id', '=', id).execute()

/** Forgets what was told, or given up, before some moment, and what waited since then for a webhook to be enabled. */
export const forgetDeliveries = (tables: WebhookTables, before: EpochMs) =>
  tables.deleteFrom('registry_webhook_deliveries').where('at_ms', '<', before).execute()
