/** What happens in the registry and may be told to others, as MLflow names it; prompts are models with names of their own. */
export const webhookEvents = [
  'registered_model.created',
  'model_version.created',
  'model_version_tag.set',
  'model_version_tag.deleted',
  'model_version_alias.created',
  'model_version_alias.deleted',
  'prompt.created',
  'prompt_version.created',
  'prompt_tag.set',
  'prompt_tag.deleted',
  'prompt_version_tag.set',
  'prompt_version_tag.deleted',
  'prompt_alias.created',
  'prompt_alias.deleted',
] as const

export type WebhookEvent = (typeof webhookEvents)[number]

/** What happened, whether to a model or to a prompt; null where nobody is told of it. */
export const happenings = {
  modelCreated: { model: 'registered_model.created', prompt: 'prompt.created' },
  modelTagSet: { model: null, prompt: 'prompt_tag.set' },
  modelTagDeleted: { model: null, prompt: 'prompt_tag.deleted' },
  versionCreated: { model: 'model_version.created', prompt: 'prompt_version.created' },
  versionTagSet: { model: 'model_version_tag.set', prompt: 'prompt_version_tag.set' },
  versionTagDeleted: { model: 'model_version_tag.deleted', prompt: 'prompt_version_tag.deleted' },
  aliasSet: { model: 'model_version_alias.created', prompt: 'prompt_alias.created' },
  aliasDeleted: { model: 'model_version_alias.deleted', prompt: 'prompt_alias.deleted' },
} as const satisfies Readonly<
  Record<string, { readonly model: WebhookEvent | null; readonly prompt: WebhookEvent | null }>
>

export type Happening = keyof typeof happenings

/** The body of a delivery: what happened, when, and its facts. */
export function webhookBody(
  event: WebhookEvent,
  { data, atMs }: { readonly data: object; readonly atMs: number },
): string {
  const [entity, action] = event.split('.')
  return JSON.stringify({ entity, action, timestamp: new Date(atMs).toISOString(), data })
}

/** Facts such as an event would have, for whoever tries a webhook. */
export function exampleOf(event: WebhookEvent): object {
  const [entity = '', action] = event.split('.')
  const name = entity.startsWith('prompt') ? 'example_prompt' : 'example_model'
  const tag = { key: 'example_key', ...(action === 'set' && { value: 'example_value' }) }
  if (entity.endsWith('_alias')) return { name, alias: 'example_alias', ...(action === 'created' && { version: '1' }) }
  if (entity.endsWith('_version_tag')) return { name, version: '1', ...tag }
  if (entity.endsWith('_tag')) return { name, ...tag }
  const about = { tags: { example_key: 'example_value' }, description: 'An example' }
  if (entity === 'model_version')
    return { name, version: '1', source: 'models:/123', run_id: 'abcd1234abcd5678', ...about }
  if (entity === 'prompt_version') return { name, version: '1', template: 'Hello {{name}}!', ...about }
  return { name, ...about }
}
