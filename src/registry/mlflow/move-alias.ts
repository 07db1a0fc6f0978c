import type { Workspace } from '#platform'
import { deleteAlias, putAlias, type ModelName } from '../models/store/registered-models.ts'
import { together } from '../models/store/tables.ts'
import { announce } from '../webhooks/announce.ts'
import { heldModel, heldVersion, holdAlias, type VersionName } from './held-models.ts'

/**
 * Gives an alias to a version of a registered model, in the place of the version that has it.
 * @throws {MlflowFailure} `INVALID_PARAMETER_VALUE`, `RESOURCE_DOES_NOT_EXIST`
 */
export async function giveAlias(
  workspace: Workspace,
  { alias, ...name }: VersionName & { readonly alias: string },
): Promise<void> {
  holdAlias(alias, { isNew: true })
  await together(workspace.database, async (tables) => {
    const { model, version } = await heldVersion(tables, name)
    await putAlias(tables, { model, alias, version })
    const data = { name: name.name, alias, version: String(version) }
    await announce(tables, workspace, { project: name.project, happening: 'aliasSet', model, data })
  })
}

/**
 * Takes an alias away; one that is not there is as good as taken away.
 * @throws {MlflowFailure} `INVALID_PARAMETER_VALUE`, `RESOURCE_DOES_NOT_EXIST` where there is no such model
 */
export async function takeAlias(
  workspace: Workspace,
  { alias, ...name }: ModelName & { readonly alias: string },
): Promise<void> {
  holdAlias(alias, { isNew: false })
  await together(workspace.database, async (tables) => {
    const { number: model } = await heldModel(tables, name)
    await deleteAlias(tables, model, alias)
    const data = { name: name.name, alias }
    await announce(tables, workspace, { project: name.project, happening: 'aliasDeleted', model, data })
  })
}
