import { isPrivateHost } from '#platform'
import { absent, holdLength, invalid, missing, wrongKind, type Message } from '#tracking'
import type { WebhookRow, WebhookTables } from '../webhooks/store/tables.ts'
import { webhookById, type WebhookName } from '../webhooks/store/webhooks.ts'
import { webhookEvents, type WebhookEvent } from '../webhooks/webhook-events.ts'

/** @throws {MlflowFailure} `RESOURCE_DOES_NOT_EXIST` */
export async function heldWebhook(tables: WebhookTables, name: WebhookName): Promise<WebhookRow> {
  const webhook = await webhookById(tables, name)
  if (!webhook) throw absent(`Webhook with ID ${name.id.slice(0, 100)} not found.`)
  return webhook
}

/** The name that a message gives; undefined where it gives none. @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function nameOf(message: Message): string | undefined {
  const name = message.text('name') || undefined
  if (name === undefined || /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/i.test(name)) return name
  throw invalid(
    `Webhook name '${name.slice(0, 100)}' is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).`,
  )
}

/**
 * The address that a message gives; undefined where it gives none. One that leads to a private network by its name alone is
 * found out when something is sent there.
 * @throws {MlflowFailure} `INVALID_PARAMETER_VALUE`
 */
export function urlOf(message: Message, { allowPrivate }: { readonly allowPrivate: boolean }): string | undefined {
  const text = message.text('url') || undefined
  if (text === undefined) return undefined
  if (text.trim() === '') throw invalid(`Webhook URL cannot be empty or just whitespace: '${text.slice(0, 100)}'`)
  holdLength('url', text, longestUrl)
  const [scheme] = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(text) ?? ['']
  const schemes = allowPrivate ? ['https', 'http'] : ['https']
  if (!schemes.includes(scheme.toLowerCase()))
    throw invalid(`Invalid webhook URL scheme: '${scheme.slice(0, 100)}'. Allowed schemes are: ${schemes.join(', ')}.`)
  if (!URL.canParse(text)) throw invalid(`Invalid webhook URL '${text}': it is not an address`)
  const url = new URL(text)
  if (url.username !== '' || url.password !== '')
    throw invalid('Invalid webhook URL: it holds a password, which everybody would see. Sign with a secret instead')
  if (!allowPrivate && isPrivateHost(url.hostname))
    throw invalid(
      `Invalid webhook URL '${text}': '${url.hostname}' is no public address. Start the server with MILLRACE_WEBHOOK_ADDRESSES=any to allow it`,
    )
  return text
}

/** The events that a message names; undefined where it names none. @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function eventsAskedOf(message: Message): ReadonlySet<WebhookEvent> | undefined {
  const events = new Set(message.messages('events').map(eventOf))
  return events.size > 0 ? events : undefined
}

/** The event that a message is. @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function eventOf(message: Message): WebhookEvent {
  const [entity, action] = [message.choice('entity', entities), message.choice('action', actions)]
  if (entity === undefined) throw missing('entity')
  if (action === undefined) throw missing('action')
  const event = `${entity}.${action}`.toLowerCase()
  const found = webhookEvents.find((one) => one === event)
  if (found) return found
  const valid = webhookEvents
    .filter((one) => one.startsWith(`${entity.toLowerCase()}.`))
    .map((one) => one.split('.')[1])
  throw invalid(
    `Invalid action '${action.toLowerCase()}' for entity '${entity.toLowerCase()}'. Valid actions are: [${valid.map((one) => `'${one}'`).join(', ')}]`,
  )
}

/** What a message says of a webhook's being active; undefined where it says nothing. */
export const statusOf = (message: Message): WebhookRow['status'] | undefined => {
  const status = message.choice('status', ['ACTIVE', 'DISABLED'])
  return status === undefined ? undefined : status === 'ACTIVE' ? 'active' : 'disabled'
}

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function pageSizeOf(message: Message): number {
  const size = message.integer('max_results') || usualPage
  if (size < 1 || size > longestPage) throw invalid(`max_results must be between 1 and ${longestPage}.`)
  return size
}

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function secretOf(message: Message): string | undefined {
  const secret = message.text('secret')
  if (secret !== undefined && secret.length > longestSecret) throw wrongKind('secret', '…')
  return secret
}

/** In the order of their numbers in the protocol. */
const entities = [
  'REGISTERED_MODEL',
  'MODEL_VERSION',
  'MODEL_VERSION_TAG',
  'MODEL_VERSION_ALIAS',
  'PROMPT',
  'PROMPT_VERSION',
  'PROMPT_TAG',
  'PROMPT_VERSION_TAG',
  'PROMPT_ALIAS',
  'BUDGET_POLICY',
] as const
const actions = ['CREATED', 'UPDATED', 'DELETED', 'SET', 'EXCEEDED'] as const
const longestUrl = 2000
const longestSecret = 1000
const usualPage = 100
const longestPage = 1000
