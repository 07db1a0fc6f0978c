import type { Workspace } from '#platform'
import { artifactPath } from '../artifacts/artifact-path.ts'
import { artifactsIn, type ArtifactEntry } from '../artifacts/artifacts.ts'
import { pathOfUri, type ProjectPath } from '../artifacts/project-path.ts'
import { wireList } from './endpoint.ts'
import { invalid } from './mlflow-failure.ts'

/** A file or folder as the protocol lists it. @param within the folder that its path begins with, empty for none */
export const wireEntry = ({ name, sizeBytes }: ArtifactEntry, within = '') => ({
  path: within === '' ? name : `${within}/${name}`,
  is_dir: sizeBytes === null,
  file_size: sizeBytes ?? undefined,
})

/**
 * Lists a folder of what has its artifacts at some place, with paths from there.
 * @param at.rootUri such as 'mlflow-artifacts:/1/RUN/artifacts'
 * @param at.project that it belongs to
 * @param at.path of the folder, from there
 * @throws {MlflowFailure} `INVALID_PARAMETER_VALUE`
 */
export async function wireListing(workspace: Workspace, at: ProjectPath & { readonly rootUri: string }) {
  const { rootUri } = at
  const path = heldFolder(at.path)
  const root = storePath(rootUri)
  const folder = heldFolder(path === '' ? root : `${root}/${path}`)
  const entries = await artifactsIn(workspace, { project: at.project, path: folder })
  return { root_uri: rootUri, files: wireList(entries.map((entry) => wireEntry(entry, path))) }
}

/** The path in this store that an address is. @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` where it is elsewhere */
export function storePath(uri: string): string {
  const path = pathOfUri(uri)
  if (path === undefined)
    throw invalid(`Cannot find artifacts at '${uri}': they are not in this store, ask the store that they are in`)
  return path
}

/** A path of an artifact. @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function heldPath(text: string): string {
  const path = artifactPath(text)
  if (path === undefined) throw invalid('Invalid path')
  return path
}

/** A path of a folder: empty for the topmost, and it may end in a slash. @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export const heldFolder = (text: string): string => (text === '' ? '' : heldPath(text.replace(/\/$/, '')))
