import { absent, holdKey, holdLength, invalid, missing, type Call, type Message } from '#tracking'
import { lastVersion, newestVersions, versionByNumber, type NamedVersion } from '../models/store/model-versions.ts'
import { modelByName, type ModelName, type Tag } from '../models/store/registered-models.ts'
import { stages, type Models, type RegisteredModelRow, type Stage } from '../models/store/tables.ts'

/** @throws {MlflowFailure} `RESOURCE_DOES_NOT_EXIST` */
export async function heldModel(tables: Models, name: ModelName): Promise<RegisteredModelRow> {
  const model = await modelByName(tables, name)
  if (!model) throw absent(`Registered Model with name=${name.name} not found`)
  return model
}

/** The version that a message names. */
export interface VersionName extends ModelName {
  readonly number: number
}

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` where it names none */
export function versionNameOf({ project, message }: Pick<Call, 'project' | 'message'>): VersionName {
  const name = message.requiredText('name')
  const text = message.requiredText('version')
  if (!/^\d{1,15}$/.test(text)) throw invalid(`Parameter 'version' must be an integer, got '${text.slice(0, 100)}'.`)
  return { project, name, number: Number(text) }
}

/** @throws {MlflowFailure} `RESOURCE_DOES_NOT_EXIST` */
export async function heldVersion(tables: Models, { project, name, number }: VersionName): Promise<NamedVersion> {
  const model = await modelByName(tables, { project, name })
  const version = model && (await versionByNumber(tables, model.number, number))
  if (!version) throw absent(`Model Version (name=${name}, version=${number}) not found`)
  return version
}

/** The newest version of a model that is ready. @throws {MlflowFailure} `RESOURCE_DOES_NOT_EXIST` where there is none */
export async function newestVersion(tables: Models, name: ModelName): Promise<NamedVersion> {
  const { number } = await heldModel(tables, name)
  const newest = (await newestVersions(tables, [number])).at(-1)
  if (!newest) throw absent(`Latest version not found for model ${name.name}.`)
  return newest
}

/** The number that the next version of a model gets: none is given twice. */
export const nextVersion = async (tables: Models, model: number): Promise<number> =>
  (await lastVersion(tables, model)) + 1

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function stageOf(text: string): Stage {
  const found = stages.find((stage) => stage.toLowerCase() === text.toLowerCase())
  if (found === undefined)
    throw invalid(`Invalid Model Version stage: ${text}. Value must be one of ${stages.join(', ')}.`)
  return found
}

/** The name that a new model, or one that is renamed, is to have. @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function newNameOf(message: Message, field: string): string {
  const name = message.requiredText(field)
  if (name.trim() === '') throw missing(field)
  holdLength(field, name, longestName)
  return name
}

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function descriptionOf(message: Message): string {
  const description = message.text('description') ?? ''
  holdLength('description', description, longestText)
  return description
}

/** A tag as a message gives it. @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function tagOf(message: Message): Tag {
  const [name, value] = [message.requiredText('key'), message.text('value') ?? '']
  holdKey('tag', name)
  holdLength(name, value, longestText)
  return { name, value }
}

/** An alias that a message names; where one is to be given, it may not be reserved. */
export const aliasOf = (message: Message, { isNew }: { readonly isNew: boolean }): string =>
  holdAlias(message.requiredText('alias'), { isNew })

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` where a text is no alias, or a reserved one is to be given */
export function holdAlias(alias: string, { isNew }: { readonly isNew: boolean }): string {
  if (!/^[\p{L}\p{N}_-]*$/u.test(alias))
    throw invalid(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    )
  holdLength('Registered model alias name', alias, longestAlias)
  if (isNew && isLatest(alias)) throw invalid("'latest' alias name (case insensitive) is reserved.")
  if (isNew && /^v\d+$/i.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`)
  return alias
}

/** The alias that every model has: its newest version. */
export const isLatest = (alias: string): boolean => alias.toLowerCase() === 'latest'

const longestName = 256
const longestAlias = 255
/** As long as a tag may be, which holds the whole text of a prompt. */
const longestText = 100_000
