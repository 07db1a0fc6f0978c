import type { Workspace } from '#platform'
import { promptTag } from '../models/search-models.ts'
import { modelTags, type Tag } from '../models/store/registered-models.ts'
import { databaseOf, type Models } from '../models/store/tables.ts'
import { insertDeliveries } from './store/deliveries.ts'
import { open } from './store/tables.ts'
import { listenersOf } from './store/webhooks.ts'
import { happenings, webhookBody, type Happening, type WebhookEvent } from './webhook-events.ts'

/**
 * Notes, in the transaction in which something happened, what webhooks are to be told of it: they are told if it happened, and
 * only then.
 * @param tables of the transaction
 * @param what.model number of the model, or of the prompt, that it happened to
 */
export async function announce(
  tables: Models,
  { clock, ids }: Pick<Workspace, 'clock' | 'ids'>,
  what: { readonly project: string; readonly happening: Happening; readonly model: number; readonly data: object },
): Promise<void> {
  const { project, happening, model, data } = what
  const names = happenings[happening]
  const webhooks = open(databaseOf(tables))
  const events = Object.values(names).filter((event): event is WebhookEvent => event !== null)
  const listeners = await listenersOf(webhooks, { project, events })
  if (listeners.length === 0) return
  const event = isPrompt(await modelTags(tables, [model])) ? names.prompt : names.model
  const atMs = clock.now()
  const rows = listeners
    .filter((listener) => listener.event === event)
    .map((listener) => ({
      id: ids.next('delivery'),
      webhook: listener.id,
      event: listener.event,
      body: webhookBody(listener.event, { data, atMs }),
      state: 'waiting' as const,
      attempts: 0,
      due_at_ms: atMs,
      failure: null,
      at_ms: atMs,
    }))
  if (rows.length > 0) await insertDeliveries(webhooks, rows)
}

/** Tags by their names, without those by which a prompt is kept as a model. */
export const toldTags = (tags: readonly Tag[]): Readonly<Record<string, string>> =>
  Object.fromEntries(tags.filter(({ name }) => !ofPrompts.has(name)).map(({ name, value }) => [name, value]))

/** The text of a prompt, which stands in a tag. */
export const templateOf = (tags: readonly Tag[]): string | undefined => tags.find(({ name }) => name === textTag)?.value

const isPrompt = (tags: readonly Tag[]): boolean =>
  tags.some(({ name, value }) => name === promptTag && value.toLowerCase() === 'true')

const textTag = 'mlflow.prompt.text'
const ofPrompts: ReadonlySet<string> = new Set([promptTag, textTag, '_mlflow_prompt_type'])
