import type { Workspace } from '#platform'
import { holdArtifactUri } from '#tracking'
import { insertModelVersion, putVersionTag, everyVersionOfModel } from './store/model-versions.ts'
import { insertModel, modelAliases, modelByName, putAlias, putModelTag, type Tag } from './store/registered-models.ts'
import {
  databaseOf,
  together,
  type Models,
  type ModelVersionRow,
  type Stage,
  type VersionStatus,
} from './store/tables.ts'

/** A registered model as it is brought in from elsewhere, with some of its versions. */
export interface GivenModel {
  readonly project: string
  readonly name: string
  readonly description: string
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly tags: readonly Tag[]
  /** By the numbers that versions have there. */
  readonly aliases: readonly { readonly alias: string; readonly version: number }[]
  readonly versions: readonly GivenVersion[]
}

export interface GivenVersion {
  readonly version: number
  readonly stage: Stage
  readonly description: string
  readonly source: string
  readonly storageLocation: string
  readonly run: string
  readonly runLink: string
  readonly loggedModel: string
  readonly status: VersionStatus
  readonly statusMessage: string
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly tags: readonly Tag[]
}

/** What became of a model that was brought in. */
export interface ImportedModel {
  /** The numbers of versions there and here. */
  readonly versions: { readonly version: number; readonly here: number }[]
  /** Aliases that another version has here: they were left where they are. */
  readonly aliasesInTheWay: string[]
}

/**
 * Brings a registered model in, or what is missing of it: versions keep their numbers where those are free, else they get
 * the next one, and a tag that says the old one. What was brought in before is left as it is.
 */
export function importModel(workspace: Workspace, given: GivenModel): Promise<ImportedModel> {
  return together(workspace.database, async (tables) => {
    const model = (await modelByName(tables, given))?.number ?? (await addModel(tables, given))
    const held = await everyVersionOfModel(tables, model)
    const taken = new Set(held.map(({ version }) => version))
    const numbers = new Map<number, number>()
    for (const version of given.versions) {
      for (const uri of [version.source, version.storageLocation])
        await holdArtifactUri(databaseOf(tables), { project: given.project, uri })
      const same = held.find((one) => isSame(one, version))
      const number = same?.version ?? freeNumber(version.version, taken)
      if (!same) await addVersion(tables, { model, number, given: version })
      taken.add(number)
      numbers.set(version.version, number)
    }
    const deleted = new Set(held.filter(({ state }) => state === 'deleted').map(({ version }) => version))
    const aliasesInTheWay: string[] = []
    const bearers = new Map((await modelAliases(tables, [model])).map(({ alias, version }) => [alias, version]))
    for (const { alias, version } of given.aliases) {
      const [wanted, bearer] = [numbers.get(version), bearers.get(alias)]
      if (wanted === undefined || deleted.has(wanted)) continue
      if (bearer === undefined) await putAlias(tables, { model, alias, version: wanted })
      else if (bearer !== wanted) aliasesInTheWay.push(alias)
    }
    return { versions: Array.from(numbers, ([version, here]) => ({ version, here })), aliasesInTheWay }
  })
}

async function addModel(tables: Models, given: GivenModel): Promise<number> {
  const number = await insertModel(tables, {
    project: given.project,
    name: given.name,
    state: 'active',
    description: given.description,
    created_at_ms: given.createdAtMs,
    updated_at_ms: given.updatedAtMs,
  })
  for (const tag of given.tags) await putModelTag(tables, number, tag)
  return number
}

async function addVersion(
  tables: Models,
  { model, number, given }: { readonly model: number; readonly number: number; readonly given: GivenVersion },
): Promise<void> {
  const row: ModelVersionRow = {
    model,
    version: number,
    state: 'active',
    // Nobody looked into its files: it is kept, and not served.
    flavors: '',
    stage: given.stage,
    description: given.description,
    source: given.source,
    storage_location: given.storageLocation,
    run_id: given.run,
    run_link: given.runLink,
    logged_model_id: given.loggedModel,
    status: given.status,
    status_message: given.statusMessage,
    created_at_ms: given.createdAtMs,
    updated_at_ms: given.updatedAtMs,
  }
  await insertModelVersion(tables, row)
  const old = number !== given.version ? [{ name: importedFromTag, value: String(given.version) }] : []
  for (const tag of [...given.tags, ...old]) await putVersionTag(tables, row, tag)
}

const freeNumber = (wanted: number, taken: ReadonlySet<number>): number =>
  taken.has(wanted) ? Math.max(...taken) + 1 : wanted

/** Whether a version here is the one that is brought in, under whichever number. */
const isSame = (held: ModelVersionRow, given: GivenVersion): boolean =>
  held.created_at_ms === given.createdAtMs && held.source === given.source && held.run_id === given.run

/** The tag that says which id or number something had where it was brought in from. */
const importedFromTag = 'millrace.importedFrom'
