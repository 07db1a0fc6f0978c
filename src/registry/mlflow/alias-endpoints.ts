import { invalid, type Endpoint } from '#tracking'
import { versionOfAlias } from '../models/store/registered-models.ts'
import { open } from '../models/store/tables.ts'
import { aliasOf, heldModel, heldVersion, isLatest, newestVersion, versionNameOf } from './held-models.ts'
import { giveAlias, takeAlias } from './move-alias.ts'
import { wireVersion } from './wire-models.ts'

/** The names by which versions are reached, which move from one to another. */
export const aliasEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: 'registered-models/alias',
    permission: 'model:write',
    answer: async ({ workspace, project, message }) => {
      const alias = aliasOf(message, { isNew: true })
      await giveAlias(workspace, { alias, ...versionNameOf({ project, message }) })
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
      await takeAlias(workspace, { project, name, alias })
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
