import type { Digest, Workspace } from '#platform'
import { filesBelow } from '../store/files.ts'
import { open } from '../store/tables.ts'
import { artifactPath } from './artifact-path.ts'
import { artifactAt } from './artifacts.ts'
import { ownArtifacts } from './own-artifacts.ts'
import { isInProject, pathOfUri } from './project-path.ts'

/** A folder of artifacts, as a project sees it. */
export interface ArtifactsAt {
  readonly project: string
  /** Its address, such as that of a logged model. */
  readonly uri: string
}

/** A file below an address of the store of artifacts. */
export interface StoredArtifact {
  /** Path from that address. */
  readonly path: string
  readonly digest: Digest
  readonly sizeBytes: number
}

/**
 * All files below an address, such as those of a logged model.
 * @param at.most how many are wanted at most
 * @returns nothing for an address that is not of this store
 */
export async function artifactsBelow(
  workspace: Workspace,
  { project, uri, most }: ArtifactsAt & { readonly most: number },
): Promise<readonly StoredArtifact[]> {
  const root = rootOf(uri)
  const tables = open(workspace.database)
  if (root === undefined || !(await isInProject(tables, { project, path: root }))) return []
  const own = await Promise.all(
    (await ownArtifacts(tables, root)).slice(0, most).map(async ({ path, digest }) => ({
      path,
      digest,
      sizeBytes: await workspace.blobs.sizeBytes(digest),
    })),
  )
  const put = (await filesBelow(tables, root, most)).map(({ folder, name, digest, size_bytes: sizeBytes }) => ({
    path: `${folder}/${name}`.slice(root.length + 1),
    digest: digest as Digest,
    sizeBytes: sizeBytes ?? 0,
  }))
  return [...own, ...put].slice(0, most)
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
