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
    answer: async ({ workspace, message }) => {
      const alias = aliasOf(message, { isNew: true })
      await giveAlias(workspace, { alias, ...versionNameOf(message) })
      return {}
    },
  },
  {
    method: 'DELETE',
    path: 'registered-models/alias',
    answer: async ({ workspace, message }) => {
      const name = message.requiredText('name')
      const alias = aliasOf(message, { isNew: false })
      await takeAlias(workspace, { name, alias })
      return {}
    },
  },
  {
    method: 'GET',
    path: 'registered-models/alias',
    answer: async ({ workspace, message }) => {
      const name = message.requiredText('name')
      const alias = aliasOf(message, { isNew: false })
      const tables = open(workspace.database)
      if (isLatest(alias)) return wireVersion(tables, await newestVersion(tables, name))
      const model = await heldModel(tables, name)
      const number = await versionOfAlias(tables, model.number, alias)
      if (number === undefined) throw invalid(`Registered model alias ${alias} not found.`)
      return wireVersion(tables, await heldVersion(tables, { name, number }))
    },
  },
]
