import { exists, pageToken, readPageToken, wireList, wrongKind, type Endpoint, type Message } from '#tracking'
import { promptTag, searchModels } from '../models/search-models.ts'
import { newestVersions, versionsOfModel } from '../models/store/model-versions.ts'
import {
  deleteModelTag,
  insertModel,
  modelByName,
  modelTags,
  putModelTag,
  updateModel,
  type Tag,
} from '../models/store/registered-models.ts'
import type { VersionJudge } from '../models/version-judge.ts'
import { open, together, type Models, type RegisteredModelRow } from '../models/store/tables.ts'
import { announce, toldTags } from '../webhooks/announce.ts'
import { holdUnused } from './hold-unused.ts'
import { descriptionOf, heldModel, newNameOf, stageOf, tagOf } from './held-models.ts'
import { wireModels, wireVersionsWithAliases } from './wire-models.ts'

/**
 * The addresses of registered models.
 * @param judge what lets go of versions that were deleted
 */
export const registeredModelEndpoints = (judge?: VersionJudge): readonly Endpoint[] => [
  {
    method: 'POST',
    path: 'registered-models/create',
    permission: 'model:write',
    answer: async ({ workspace, project, message }) => {
      const name = newNameOf(message, 'name')
      const description = descriptionOf(message)
      const tags = message.messages('tags').map(tagOf)
      const atMs = workspace.clock.now()
      const made = await together(workspace.database, async (tables) => {
        const held = await modelByName(tables, { project, name })
        if (held) throw await nameTaken(tables, held, tags)
        const row = { project, name, state: 'active', description, created_at_ms: atMs, updated_at_ms: atMs } as const
        const number = await insertModel(tables, row)
        for (const tag of tags) await putModelTag(tables, number, tag)
        const data = { name, tags: toldTags(tags), description }
        await announce(tables, workspace, { project, happening: 'modelCreated', model: number, data })
        return { number, ...row }
      })
      return wireOne(open(workspace.database), made)
    },
  },
  {
    method: 'POST',
    path: 'registered-models/rename',
    permission: 'model:write',
    answer: async ({ workspace, project, message }) => {
      const name = message.requiredText('name')
      const change = { name: newNameOf(message, 'new_name'), updated_at_ms: workspace.clock.now() }
      const renamed = await together(workspace.database, async (tables) => {
        const held = await heldModel(tables, { project, name })
        const other = await modelByName(tables, { project, name: change.name })
        if (other && other.number !== held.number)
          throw exists(`Registered Model (name=${change.name}) already exists.`)
        await updateModel(tables, held.number, change)
        return { ...held, ...change }
      })
      return wireOne(open(workspace.database), renamed)
    },
  },
  {
    method: 'PATCH',
    path: 'registered-models/update',
    permission: 'model:write',
    answer: async ({ workspace, project, message }) => {
      const name = message.requiredText('name')
      const change = { description: descriptionOf(message), updated_at_ms: workspace.clock.now() }
      const changed = await together(workspace.database, async (tables) => {
        const held = await heldModel(tables, { project, name })
        await updateModel(tables, held.number, change)
        return { ...held, ...change }
      })
      return wireOne(open(workspace.database), changed)
    },
  },
  {
    method: 'DELETE',
    path: 'registered-models/delete',
    permission: 'model:write',
    answer: async ({ workspace, project, message }) => {
      const name = message.requiredText('name')
      await together(workspace.database, async (tables) => {
        const { number } = await heldModel(tables, { project, name })
        await holdUnused(tables, await versionsOfModel(tables, number))
        await updateModel(tables, number, { state: 'deleted', updated_at_ms: workspace.clock.now() })
      })
      await judge?.withdraw()
      return {}
    },
  },
  {
    method: 'GET',
    path: 'registered-models/get',
    permission: 'model:read',
    answer: async ({ workspace, project, message }) => {
      const tables = open(workspace.database)
      return wireOne(tables, await heldModel(tables, { project, name: message.requiredText('name') }))
    },
  },
  {
    method: 'GET',
    path: 'registered-models/search',
    permission: 'model:read',
    answer: async ({ workspace, project, message }) => {
      const { limit, ...search } = searchOf(message, { usual: 100, most: 1000 })
      const tables = open(workspace.database)
      const found = await searchModels(tables, { ...search, project, limit: limit + 1 })
      return {
        registered_models: wireList(await wireModels(tables, found.slice(0, limit))),
        next_page_token: found.length > limit ? pageToken(search.offset + limit) : undefined,
      }
    },
  },
  ...(['POST', 'GET'] as const).map((method): Endpoint => ({
    method,
    path: 'registered-models/get-latest-versions',
    permission: 'model:read',
    answer: async ({ workspace, project, message }) => {
      const name = message.requiredText('name')
      const stages = new Set(message.texts('stages').map(stageOf))
      const tables = open(workspace.database)
      const newest = await newestVersions(tables, [(await heldModel(tables, { project, name })).number])
      const asked = newest.filter(({ stage }) => stages.size === 0 || stages.has(stage))
      return { model_versions: wireList(await wireVersionsWithAliases(tables, asked)) }
    },
  })),
  {
    method: 'POST',
    path: 'registered-models/set-tag',
    permission: 'model:write',
    answer: async ({ workspace, project, message }) => {
      const name = message.requiredText('name')
      const tag = tagOf(message)
      await together(workspace.database, async (tables) => {
        const { number } = await heldModel(tables, { project, name })
        await putModelTag(tables, number, tag)
        const data = { name, key: tag.name, value: tag.value }
        await announce(tables, workspace, { project, happening: 'modelTagSet', model: number, data })
      })
      return {}
    },
  },
  {
    method: 'DELETE',
    path: 'registered-models/delete-tag',
    permission: 'model:write',
    answer: async ({ workspace, project, message }) => {
      const [name, key] = [message.requiredText('name'), message.requiredText('key')]
      await together(workspace.database, async (tables) => {
        const { number } = await heldModel(tables, { project, name })
        await deleteModelTag(tables, number, key)
        await announce(tables, workspace, { project, happening: 'modelTagDeleted', model: number, data: { name, key } })
      })
      return {}
    },
  },
]

/** What a search asks for. @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` for a page that nobody can have */
export function searchOf(message: Message, page: { readonly usual: number; readonly most: number }) {
  const limit = message.integer('max_results') ?? page.usual
  if (limit < 1 || limit > page.most) throw wrongKind('max_results', message.text('max_results'))
  return {
    filter: message.text('filter') ?? '',
    orderBy: message.texts('order_by'),
    offset: readPageToken(message.text('page_token')),
    limit,
  }
}

async function wireOne(tables: Models, row: RegisteredModelRow): Promise<object> {
  const [registered_model] = await wireModels(tables, [row])
  return { registered_model }
}

/** Models and prompts share their names. */
async function nameTaken(tables: Models, held: RegisteredModelRow, tags: readonly Tag[]): Promise<Error> {
  const kindOf = (list: readonly Tag[]): string =>
    list.some(({ name, value }) => name === promptTag && value.toLowerCase() === 'true') ? 'Prompt' : 'Registered Model'
  const [old, made] = [kindOf(await modelTags(tables, [held.number])), kindOf(tags)]
  return exists(
    old === made
      ? `${made} (name=${held.name}) already exists.`
      : `Tried to create a ${made.toLowerCase()} with name '${held.name}', but the name is already taken by a ${old.toLowerCase()}. MLflow does not allow creating a model and a prompt with the same name.`,
  )
}
