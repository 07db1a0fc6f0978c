import { absent, findLoggedModel, holdArtifactUri, invalid } from '#tracking'
import { newestVersions, type NamedVersion } from '../models/store/model-versions.ts'
import { versionOfAlias } from '../models/store/registered-models.ts'
import { databaseOf, type Models } from '../models/store/tables.ts'
import { heldModel, heldVersion, isLatest, newestVersion, stageOf } from './held-models.ts'

/** What a client says a new version is made of; what it does not say is empty. */
export interface AskedSource {
  readonly source: string
  readonly runId: string
  readonly modelId: string
}

/** Where the files of a new version are, and the run and logged model that they come from. */
export interface VersionSource {
  readonly storageLocation: string
  readonly runId: string
  readonly modelId: string
}

/**
 * Refuses sources on the disk of whoever asks: this server does not see that, and must not read its own for strangers.
 * @throws {MlflowFailure} `INVALID_PARAMETER_VALUE`
 */
export function holdSource({ source, modelId }: AskedSource): void {
  const id = modelId === '' ? 'run_id' : 'model_id'
  const local = invalid(
    `Invalid model version source: '${source}'. To use a local path as a model version source, the ${id} request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the ${id}.`,
  )
  const [scheme] = /^[a-z][a-z0-9+.-]+(?=:)/i.exec(source) ?? []
  if (scheme === undefined || /^file:(?!\/\/[^/])/i.test(source)) throw local
  const plain = decoded(source)
  if (plain.includes('\0') || plain.split(/[/\\]/).some((part) => part === '..' || part === '.'))
    throw invalid(
      `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`,
    )
  if (scheme.toLowerCase() === 'file') throw local
}

/** What a prompt says stands in its tags: its source is a word that says so. @throws {MlflowFailure} where it is more */
export function holdPromptSource({ source }: AskedSource): void {
  if (source !== 'prompt-template' && source !== 'dummy-source')
    throw invalid(`Invalid prompt source: '${source}'. Prompt sources must use an MLflow placeholder.`)
}

/** Follows a source to its files: a logged model, another version, or an address that is kept as it is. */
export async function resolveSource(
  tables: Models,
  asked: AskedSource & { readonly project: string },
): Promise<VersionSource> {
  const { project, source, runId, modelId } = asked
  if (!/^models:/i.test(source)) {
    await holdArtifactUri(databaseOf(tables), { project, uri: source })
    const model = modelId === '' ? undefined : await heldLoggedModel(tables, { project, id: modelId })
    return { storageLocation: source, runId: runId || (model?.runId ?? ''), modelId }
  }
  const [, path] = /^models:\/([^/].*)$/i.exec(source) ?? []
  if (path === undefined)
    throw invalid(
      `Invalid model version source: '${source}'. Registered model sources must use the active model registry.`,
    )
  if (!path.includes('/') && !path.includes('@')) {
    if (modelId !== '' && modelId !== path)
      throw invalid(
        `Invalid model version source: '${source}'. The model_id request parameter must identify the resource that contains the source.`,
      )
    const model = await heldLoggedModel(tables, { project, id: path })
    return { storageLocation: model.artifactUri, runId: runId || model.runId, modelId: path }
  }
  const version = await versionAt(tables, { project, path })
  return {
    storageLocation: version.storage_location,
    runId: runId || version.run_id,
    modelId: modelId || version.logged_model_id,
  }
}

async function heldLoggedModel(tables: Models, of: { readonly project: string; readonly id: string }) {
  const model = await findLoggedModel(databaseOf(tables), of)
  if (!model) throw absent(`Logged model with ID '${of.id}' not found.`)
  return model
}

/** The version at 'name/3', 'name/latest', 'name/Production' or 'name@alias'. */
async function versionAt(
  tables: Models,
  { project, path }: { readonly project: string; readonly path: string },
): Promise<NamedVersion> {
  const [, name = '', sign, last = ''] = /^(.+)([/@])([^/@]*)$/.exec(path) ?? []
  const model = await heldModel(tables, { project, name })
  if (sign === '@') {
    const number = await versionOfAlias(tables, model.number, last)
    if (number === undefined) throw invalid(`Registered model alias ${last} not found.`)
    return heldVersion(tables, { project, name, number })
  }
  if (/^\d{1,15}$/.test(last)) return heldVersion(tables, { project, name, number: Number(last) })
  if (isLatest(last)) return newestVersion(tables, { project, name })
  const stage = stageOf(last)
  const found = (await newestVersions(tables, [model.number])).find((version) => version.stage === stage)
  if (!found) throw absent(`No versions of model with name '${name}' and stage '${stage}' found`)
  return found
}

/** A source without its escapes, however often they are escaped themselves. */
function decoded(source: string): string {
  let text = source
  for (;;) {
    let next: string
    try {
      next = decodeURIComponent(text)
    } catch {
      return text
    }
    if (next === text) return text
    text = next
  }
}
