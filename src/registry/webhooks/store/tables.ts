import type { Kysely } from 'kysely'
import type { Database } from '#platform'
import type { WebhookEvent } from '../webhook-events.ts'

/** An address that is told of what happens. */
export interface WebhookRow {
  id: string
  /** Whose models it is told of. */
  project: string
  name: string
  url: string
  /** Empty where nobody gave one. */
  description: string
  /** What deliveries are signed with, sealed; null where they are not. */
  secret: string | null
  status: 'active' | 'disabled'
  created_at_ms: number
  updated_at_ms: number
}

/** What an address is to be told, or was. */
export interface DeliveryRow {
  id: string
  webhook: string
  event: WebhookEvent
  body: string
  state: 'waiting' | 'delivered' | 'failed'
  /** How often it was tried, or is being tried. */
  attempts: number
  /** When it is to be tried next; while it is tried, when another process may take it for lost. */
  due_at_ms: number
  /** Why it failed the last time. */
  failure: string | null
  at_ms: number
}

type Tables = {
  registry_webhooks: WebhookRow
  registry_webhook_events: { webhook: string; event: WebhookEvent }
  registry_webhook_deliveries: DeliveryRow
}

/** The tables of webhooks, within a transaction or outside. */
export type WebhookTables = Kysely<Tables>

export const open = (database: Database): WebhookTables => database.withTables<Tables>()

/** Runs several statements as one; writers take turns. */
export const together = <T>(database: Database, work: (tables: WebhookTables) => Promise<T>): Promise<T> =>
  open(database).transaction().execute(work)
