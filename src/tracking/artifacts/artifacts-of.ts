import type { Workspace } from '#platform'
import { artifactPath } from './artifact-path.ts'
import { artifactAt, artifactsBelow, type ArtifactFile } from './artifacts.ts'
import { pathOfUri } from './project-path.ts'

/** A folder of artifacts, as a project sees it. */
export interface ArtifactsAt {
  readonly project: string
  /** Its address, such as that of a logged model. */
  readonly uri: string
}

/**
 * All files below an address, such as those of a logged model, each with its path from there.
 * @param at.most how many are wanted at most
 * @returns nothing for an address that is not of this store
 */
export async function artifactsOf(
  workspace: Workspace,
  { project, uri, most }: ArtifactsAt & { readonly most: number },
): Promise<readonly ArtifactFile[]> {
  const path = rootOf(uri)
  if (path === undefined) return []
  const { files } = await artifactsBelow(workspace, { project, path }, { offset: 0, limit: most })
  return files.slice(0, most)
}

/**
 * The bytes of a file below an address; undefined where none is, where it is larger than `maxBytes`, or where the address
 * is not of this store.
 */
export async function readArtifact(
  workspace: Workspace,
  { project, uri, path, maxBytes }: ArtifactsAt & { readonly path: string; readonly maxBytes: number },
): Promise<Buffer | undefined> {
  const [root, below] = [rootOf(uri), artifactPath(path)]
  if (root === undefined || below === undefined) return undefined
  const found = await artifactAt(workspace, { project, path: `${root}/${below}` })
  return found && found.sizeBytes <= maxBytes ? workspace.blobs.read(found.digest) : undefined
}

function rootOf(uri: string): string | undefined {
  const root = pathOfUri(uri)?.replace(/\/$/, '')
  return root === undefined ? undefined : artifactPath(root)
}
