import type { Digest, StoredBlob, Workspace } from '#platform'
import { fail } from '../failures.ts'
import { deleteFiles, fileAt, filesBelow, filesIn, putFile } from '../store/files.ts'
import { open, together, type Tracking } from '../store/tables.ts'
import { splitPath } from './artifact-path.ts'
import { ownArtifacts } from './own-artifacts.ts'
import { isInProject, type ProjectPath } from './project-path.ts'

/** A file or folder within a folder. */
export interface ArtifactEntry {
  readonly name: string
  /** Null for a folder. */
  readonly sizeBytes: number | null
}

/**
 * What stands in a folder of the store of artifacts, by name: what clients put there, and what runs of systems made.
 * @param at.path of the folder, empty for the topmost
 * @returns nothing for a file, or where nothing is in the project
 */
export async function artifactsIn(workspace: Workspace, at: ProjectPath): Promise<readonly ArtifactEntry[]> {
  const { project, path: folder } = at
  const tables = open(workspace.database)
  if (folder !== '' && !(await isInProject(tables, at))) return []
  const entries = new Map<string, ArtifactEntry>()
  for (const { path, digest } of await ownArtifacts(tables, folder)) {
    const [name = '', ...below] = path.split('/')
    if (name === '') continue
    const sizeBytes = below.length > 0 ? null : await workspace.blobs.sizeBytes(digest)
    entries.set(name, { name, sizeBytes })
  }
  for (const { name, size_bytes: sizeBytes } of await filesIn(tables, folder))
    if (folder !== '' || (await isInProject(tables, { project, path: name }))) entries.set(name, { name, sizeBytes })
  return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A file by its path from some folder. */
export interface ArtifactFile extends StoredBlob {
  readonly path: string
}

/**
 * A page of the files that stand in a folder or below it; on the first one also what runs of systems made there.
 * @param at.path of the folder, not the topmost
 * @returns nothing where it is not in the project
 */
export async function artifactsBelow(
  workspace: Workspace,
  at: ProjectPath,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ readonly files: readonly ArtifactFile[]; readonly nextOffset: number | null }> {
  const tables = open(workspace.database)
  const files: ArtifactFile[] = []
  const { path: folder } = at
  if (!(await isInProject(tables, at))) return { files, nextOffset: null }
  const own = page.offset === 0 ? await ownArtifacts(tables, folder) : []
  for (const { path, digest } of own) files.push({ path, digest, sizeBytes: await workspace.blobs.sizeBytes(digest) })
  const rows = await filesBelow(tables, folder, { ...page, limit: page.limit + 1 })
  for (const row of rows.slice(0, page.limit)) {
    const path = `${row.folder}/${row.name}`.slice(folder.length + 1)
    files.push({ path, digest: row.digest as Digest, sizeBytes: row.size_bytes ?? 0 })
  }
  return { files, nextOffset: rows.length > page.limit ? page.offset + page.limit : null }
}

/** The bytes of the file at a path; undefined where none is in the project. */
export async function artifactAt(workspace: Workspace, at: ProjectPath): Promise<StoredBlob | undefined> {
  const { path } = at
  const tables = open(workspace.database)
  if (!(await isInProject(tables, at))) return undefined
  const found = await fileAt(tables, path)
  if (found) return found.digest === null ? undefined : { digest: found.digest, sizeBytes: found.size_bytes ?? 0 }
  const own = (await ownArtifacts(tables, path)).find((one) => one.path === '')
  return own && { digest: own.digest, sizeBytes: await workspace.blobs.sizeBytes(own.digest) }
}

/**
 * Stores a file at a path, in the place of one that is there, once all its bytes have come; those that break off leave
 * nothing.
 * @throws {Failure} `tracking/artifactOutside`, `tracking/artifactInTheWay`, `platform/diskFull`
 */
export async function storeArtifact(
  workspace: Workspace,
  { project, path, bytes }: ProjectPath & { readonly bytes: AsyncIterable<Uint8Array> },
): Promise<Digest> {
  if (!(await isInProject(open(workspace.database), { project, path })))
    throw fail('artifactOutside', `Cannot store an artifact at '${path}': the project has no such experiment`)
  // Asked before as well: nobody should send for nothing.
  await holdFree(open(workspace.database), path)
  const { digest, sizeBytes } = await workspace.blobs.putStream(bytes)
  await together(workspace.database, async (tables) => {
    await holdFree(tables, path)
    await putFile(tables, path, { digest, size_bytes: sizeBytes, at_ms: workspace.clock.now() })
  })
  return digest
}

/**
 * Deletes a file, or a folder with all that is in it. Where nothing is in the project, that is so already.
 * @throws {Failure} `tracking/artifactInTheWay` where a run of a system made some of it
 */
export function deleteArtifact(workspace: Workspace, at: ProjectPath): Promise<void> {
  const { path } = at
  return together(workspace.database, async (tables) => {
    if (!(await isInProject(tables, at))) return
    if ((await ownArtifacts(tables, path)).length > 0)
      throw fail('artifactInTheWay', `Cannot delete '${path}': a run of a system made it`)
    await deleteFiles(tables, path)
  })
}

/** Holds a path to one where a file may be put. */
async function holdFree(tables: Tracking, path: string): Promise<void> {
  const inTheWay = (why: string) => fail('artifactInTheWay', `Cannot store an artifact at '${path}': ${why}`)
  if ((await fileAt(tables, path))?.digest === null) throw inTheWay('a folder is there')
  for (let { folder } = splitPath(path); folder !== ''; { folder } = splitPath(folder)) {
    const around = await fileAt(tables, folder)
    if (around && around.digest !== null) throw inTheWay(`'${folder}' is a file`)
    if ((await ownArtifacts(tables, folder)).some((own) => own.path === ''))
      throw inTheWay(`'${folder}' is a file that a run of a system made`)
    // Where a folder is, those around it are.
    if (around) break
  }
  if ((await ownArtifacts(tables, path)).length > 0) throw inTheWay('a run of a system made what is there')
}
