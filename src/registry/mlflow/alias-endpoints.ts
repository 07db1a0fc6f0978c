import { invalid, type Endpoint } from '#tracking'
import { deleteAlias, putAlias, versionOfAlias } from '../models/store/registered-models.ts'
import { open, together } from '../models/store/tables.ts'
import { announce } from '../webhooks/announce.ts'
import { aliasOf, heldModel, heldVersion, isLatest, newestVersion, versionNameOf } from './held-models.ts'
import { wireVersion } from './wire-models.ts'

/** The names by which versions are reached, which move from one to another. */
export const aliasEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: 'registered-models/alias',
    permission: 'model:write',
    answer: async ({ workspace, project, message }) => {
      const alias = aliasOf(message, { isNew: true })
      const asked = versionNameOf({ project, message })
      await together(workspace.database, async (tables) => {
        const { model, version } = await heldVersion(tables, asked)
        await putAlias(tables, { model, alias, version })
        const data = { name: asked.name, alias, version: String(version) }
        await announce(tables, workspace, { project, happening: 'aliasSet', model, data })
      })
      return {}
    },
  },
  {
    method: 'DELETE',
    path: 'registered-models/alias',
    permission: 'model:write',
    answer: async ({ workspace, project, message }) => {
      const name = message.requiredText('name')
      const alias = aliasOf(message, { isNew: false })
      // An alias that is not there is as good as deleted.
      await together(workspace.database, async (tables) => {
        const { number } = await heldModel(tables, { project, name })
        await deleteAlias(tables, number, alias)
        await announce(tables, workspace, { project, happening: 'aliasDeleted', model: number, data: { name, alias } })
      })
      return {}
    },
  },
  {
    method: 'GET',
    path: 'registered-models/alias',
    permission: 'model:read',
    answer: async ({ workspace, project, message }) => {
      const name = message.requiredText('name')
      const alias = aliasOf(message, { isNew: false })
      const tables = open(workspace.database)
      if (isLatest(alias)) return wireVersion(tables, await newestVersion(tables, { project, name }))
      const model = await heldModel(tables, { project, name })
      const number = await versionOfAlias(tables, model.number, alias)
      if (number === undefined) throw invalid(`Registered model alias ${alias} not found.`)
      return wireVersion(tables, await heldVersion(tables, { project, name, number }))
    },
  },
]
