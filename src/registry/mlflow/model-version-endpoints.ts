import { holdLength, invalid, noteModelVersion, pageToken, wireList, type Endpoint } from '#tracking'
import { firstJudgement } from '../models/first-judgement.ts'
import { promptTag, searchVersions } from '../models/search-models.ts'
import {
  deleteVersionTag,
  dropAliasesOf,
  insertModelVersion,
  putVersionTag,
  updateModelVersion,
  versionsInStage,
} from '../models/store/model-versions.ts'
import { updateModel } from '../models/store/registered-models.ts'
import type { VersionJudge } from '../models/version-judge.ts'
import { databaseOf, open, together, type Models, type ModelVersionRow } from '../models/store/tables.ts'
import { announce, templateOf, toldTags } from '../webhooks/announce.ts'
import { descriptionOf, heldModel, heldVersion, nextVersion, stageOf, tagOf, versionNameOf } from './held-models.ts'
import { searchOf } from './registered-model-endpoints.ts'
import { holdUnused } from './hold-unused.ts'
import { holdPromptSource, holdSource, resolveSource, type VersionSource } from './version-source.ts'
import { wireVersion, wireVersions } from './wire-models.ts'

/**
 * The addresses of versions of registered models.
 * @param judge what judges new versions; all are ready at once where absent
 */
export const modelVersionEndpoints = (judge?: VersionJudge): readonly Endpoint[] => [
  {
    method: 'POST',
    path: 'model-versions/create',
    permission: 'model:write',
    answer: async ({ workspace, project, message }) => {
      const name = message.requiredText('name')
      const asked = {
        source: message.requiredText('source'),
        runId: message.text('run_id') ?? '',
        modelId: message.text('model_id') ?? '',
      }
      for (const [what, text] of Object.entries(asked)) holdLength(what, text, longestSource)
      const runLink = message.text('run_link') ?? ''
      holdLength('run_link', runLink, longestSource)
      const description = descriptionOf(message)
      const tags = message.messages('tags').map(tagOf)
      const isPrompt = tags.some((tag) => tag.name === promptTag && tag.value.toLowerCase() === 'true')
      if (isPrompt) holdPromptSource(asked)
      else holdSource(asked)
      const atMs = workspace.clock.now()
      const resolve = (tables: Models): Promise<VersionSource> =>
        isPrompt
          ? Promise.resolve({ ...asked, storageLocation: asked.source })
          : resolveSource(tables, { ...asked, project })
      // Files are read before the transaction, which others wait for.
      const { storageLocation: uri } = await resolve(open(workspace.database))
      const { status, flavors } = await firstJudgement(workspace, { project, uri })
      const made = await together(workspace.database, async (tables) => {
        const model = await heldModel(tables, { project, name })
        const { storageLocation, runId, modelId } = await resolve(tables)
        const row: ModelVersionRow = {
          model: model.number,
          version: await nextVersion(tables, model.number),
          state: 'active',
          stage: 'None',
          description,
          source: asked.source,
          storage_location: storageLocation,
          run_id: runId,
          run_link: runLink,
          logged_model_id: modelId,
          status: judge ? status : 'ready',
          status_message: '',
          flavors: flavors.join(','),
          created_at_ms: atMs,
          updated_at_ms: atMs,
        }
        await insertModelVersion(tables, row)
        for (const tag of tags) await putVersionTag(tables, row, tag)
        await updateModel(tables, model.number, { updated_at_ms: atMs })
        if (modelId !== '') await noteModelVersion(databaseOf(tables), { project, modelId, name, version: row.version })
        const about = { tags: toldTags(tags), description: description || null }
        const made = isPrompt ? { template: templateOf(tags) } : { source: asked.source, run_id: runId || null }
        const data = { name, version: String(row.version), ...made, ...about }
        await announce(tables, workspace, { project, happening: 'versionCreated', model: model.number, data })
        return { ...row, name }
      })
      if (made.status === 'pending') await judge?.begin(made)
      return wireVersion(open(workspace.database), made)
    },
  },
  {
    method: 'GET',
    path: 'model-versions/get',
    permission: 'model:read',
    answer: async ({ workspace, project, message }) => {
      const tables = open(workspace.database)
      const asked = versionNameOf({ project, message })
      const held = await heldVersion(tables, asked)
      if (held.status !== 'pending' || !judge) return wireVersion(tables, held)
      await judge.awaitMoment(held)
      return wireVersion(tables, await heldVersion(tables, asked))
    },
  },
  {
    method: 'PATCH',
    path: 'model-versions/update',
    permission: 'model:write',
    answer: async ({ workspace, project, message }) => {
      const asked = versionNameOf({ project, message })
      const change = { description: descriptionOf(message), updated_at_ms: workspace.clock.now() }
      const changed = await together(workspace.database, async (tables) => {
        const held = await heldVersion(tables, asked)
        await updateModelVersion(tables, held, change)
        return { ...held, ...change }
      })
      return wireVersion(open(workspace.database), changed)
    },
  },
  {
    method: 'POST',
    path: 'model-versions/transition-stage',
    permission: 'model:write',
    answer: async ({ workspace, project, message }) => {
      const asked = versionNameOf({ project, message })
      const stage = stageOf(message.requiredText('stage'))
      const archives = message.boolean('archive_existing_versions') ?? false
      if (archives && stage !== 'Staging' && stage !== 'Production')
        throw invalid(
          `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. Valid stages are ['Staging', 'Production']`,
        )
      const change = { stage, updated_at_ms: workspace.clock.now() }
      const changed = await together(workspace.database, async (tables) => {
        const held = await heldVersion(tables, asked)
        const others = archives ? await versionsInStage(tables, held.model, stage) : []
        for (const other of others)
          if (other.version !== held.version) await updateModelVersion(tables, other, { ...change, stage: 'Archived' })
        await updateModelVersion(tables, held, change)
        await updateModel(tables, held.model, { updated_at_ms: change.updated_at_ms })
        return { ...held, ...change }
      })
      return wireVersion(open(workspace.database), changed)
    },
  },
  {
    method: 'DELETE',
    path: 'model-versions/delete',
    permission: 'model:write',
    answer: async ({ workspace, project, message }) => {
      const asked = versionNameOf({ project, message })
      const updated_at_ms = workspace.clock.now()
      await together(workspace.database, async (tables) => {
        const held = await heldVersion(tables, asked)
        await holdUnused(tables, [held])
        await dropAliasesOf(tables, held)
        await updateModelVersion(tables, held, { state: 'deleted', updated_at_ms })
        await updateModel(tables, held.model, { updated_at_ms })
      })
      await judge?.withdraw()
      return {}
    },
  },
  {
    method: 'GET',
    path: 'model-versions/search',
    permission: 'model:read',
    answer: async ({ workspace, project, message }) => {
      const { limit, ...search } = searchOf(message, { usual: 200_000, most: 200_000 })
      const tables = open(workspace.database)
      const found = await searchVersions(tables, { ...search, project, limit: limit + 1 })
      return {
        model_versions: wireList(await wireVersions(tables, found.slice(0, limit))),
        next_page_token: found.length > limit ? pageToken(search.offset + limit) : undefined,
      }
    },
  },
  {
    method: 'GET',
    path: 'model-versions/get-download-uri',
    permission: 'model:read',
    answer: async ({ workspace, project, message }) => {
      const { storage_location } = await heldVersion(open(workspace.database), versionNameOf({ project, message }))
      return { artifact_uri: storage_location }
    },
  },
  {
    method: 'POST',
    path: 'model-versions/set-tag',
    permission: 'model:write',
    answer: async ({ workspace, project, message }) => {
      const asked = versionNameOf({ project, message })
      const tag = tagOf(message)
      await together(workspace.database, async (tables) => {
        const held = await heldVersion(tables, asked)
        await putVersionTag(tables, held, tag)
        const data = { name: asked.name, version: String(asked.number), key: tag.name, value: tag.value }
        await announce(tables, workspace, { project, happening: 'versionTagSet', model: held.model, data })
      })
      return {}
    },
  },
  {
    method: 'DELETE',
    path: 'model-versions/delete-tag',
    permission: 'model:write',
    answer: async ({ workspace, project, message }) => {
      const asked = versionNameOf({ project, message })
      const key = message.requiredText('key')
      await together(workspace.database, async (tables) => {
        const held = await heldVersion(tables, asked)
        await deleteVersionTag(tables, held, key)
        const data = { name: asked.name, version: String(asked.number), key }
        await announce(tables, workspace, { project, happening: 'versionTagDeleted', model: held.model, data })
      })
      return {}
    },
  },
]

const longestSource = 2000
