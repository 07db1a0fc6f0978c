import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { newSecret, openSpool, type Spool, type Workspace } from '#platform'
import { fail } from '../failures.ts'
import { open, together, type UploadPartRow, type UploadRow } from '../store/tables.ts'
import {
  completeUpload,
  deleteUpload,
  insertUpload,
  partFiles,
  partsOf,
  putPart,
  takeParts,
  uploadById,
  uploadsOver,
} from '../store/uploads.ts'
import { storeArtifact } from './artifacts.ts'
import { isInProject, type ProjectPath } from './project-path.ts'

/** A part of a file as whoever sent it names it. */
export interface NamedPart {
  readonly part: number
  readonly digest: string
}

/**
 * Files that come in parts. Each part may come in any order, at the same time as others, and again; a killed process keeps
 * what has come. The id of an upload cannot be guessed: who knows it may send parts, for a day.
 */
export interface Uploads {
  /** @returns its id; @throws {Failure} `tracking/badUpload`, `tracking/artifactOutside` */
  begin(upload: ProjectPath & { readonly partCount: number }): Promise<string>
  /** @returns SHA-256 of the part; @throws {Failure} `tracking/unknownUpload`, `tracking/badUpload`, `platform/diskFull` */
  takePart(id: string, part: number, bytes: AsyncIterable<Uint8Array>): Promise<string>
  /**
   * Puts the parts together as one artifact. Once that is done, to ask for it again changes nothing.
   * @throws {Failure} `tracking/unknownUpload`, `tracking/badUpload`, `tracking/artifactInTheWay`
   */
  complete(upload: ProjectPath & { readonly id: string; readonly parts: readonly NamedPart[] }): Promise<void>
  /** Throws the parts away; an upload that is not there, or was completed, is left as it is. */
  abort(upload: ProjectPath & { readonly id: string }): Promise<void>
}

/** Opens the uploads of a workspace, and collects what those left behind whose time is over. */
export async function openUploads(workspace: Workspace): Promise<Uploads> {
  const { database, clock, ids } = workspace
  const spool = openSpool(join(workspace.folder, 'uploads'))
  /** Artifacts that are being put together. */
  const running = new Map<string, Promise<void>>()
  const heldUpload = async (id: string, at?: ProjectPath): Promise<UploadRow> => {
    const upload = await uploadById(open(database), id, clock.now())
    if (!upload || (at && !isAt(upload, at)))
      throw fail('unknownUpload', 'Cannot go on with the upload: nothing of this id is under way here')
    return upload
  }
  await collectOver(workspace, spool)
  await spool.remove(await strayFiles(workspace, spool))
  return {
    begin: async ({ project, path, partCount }) => {
      if (!(await isInProject(open(database), { project, path })))
        throw fail('artifactOutside', `Cannot store an artifact at '${path}': the project has no such experiment`)
      if (partCount < 1 || partCount > mostParts)
        throw fail('badUpload', `Cannot take '${path}' in ${partCount} parts: 1 to ${mostParts} are possible`)
      await collectOver(workspace, spool)
      const id = newSecret()
      const upload = {
        id,
        project,
        path,
        part_count: partCount,
        state: 'open',
        until_ms: clock.now() + lifetimeMs,
      } as const
      await insertUpload(open(database), upload)
      return id
    },
    takePart: async (id, part, bytes) => {
      holdOpen(await heldUpload(id), part)
      const file = ids.next('part')
      const { digest, sizeBytes } = await spool.write(file, bytes, { mostBytes: mostPartBytes })
      try {
        const before = await together(database, async (tables) => {
          // It may have ended while the bytes came.
          const upload = await uploadById(tables, id, clock.now())
          if (!upload) throw fail('unknownUpload', `Cannot take part ${part}: its upload has ended`)
          holdOpen(upload, part)
          return putPart(tables, { upload: id, part, file, digest, size_bytes: sizeBytes })
        })
        if (before !== undefined) await spool.remove([before])
        return digest
      } catch (error) {
        await spool.remove([file])
        throw error
      }
    },
    complete: async ({ id, project, path, parts: named }) => {
      const upload = await heldUpload(id, { project, path })
      if (upload.state === 'complete') return
      const assembled = running.get(id) ?? assemble(workspace, { upload, named, spool })
      running.set(id, assembled)
      await assembled.finally(() => running.delete(id))
    },
    abort: async ({ id, project, path }) => {
      await running.get(id)?.catch(() => undefined)
      const files = await together(database, async (tables) => {
        const upload = await uploadById(tables, id, clock.now())
        const isOpen = upload?.state === 'open' && isAt(upload, { project, path })
        return isOpen ? deleteUpload(tables, id) : []
      })
      await spool.remove(files)
    },
  }
}

async function assemble(
  workspace: Workspace,
  { upload, named, spool }: { readonly upload: UploadRow; readonly named: readonly NamedPart[]; readonly spool: Spool },
): Promise<void> {
  const { id, project, path } = upload
  const parts = await partsOf(open(workspace.database), id)
  holdWhole(upload, { named, parts })
  await storeArtifact(workspace, { project, path, bytes: bytesOf(parts, { spool, path }) })
  const files = await together(workspace.database, async (tables) => {
    await completeUpload(tables, id)
    return takeParts(tables, id)
  })
  await spool.remove(files)
}

/** The bytes of parts, one after the other. @throws {Failure} `tracking/badUpload` where one is not what came */
async function* bytesOf(
  parts: readonly UploadPartRow[],
  { spool, path }: { readonly spool: Spool; readonly path: string },
): AsyncGenerator<Uint8Array, undefined> {
  for (const { part, file, digest } of parts) {
    const hash = createHash('sha256')
    for await (const piece of await spool.read(file)) {
      hash.update(piece as Uint8Array)
      yield piece as Uint8Array
    }
    if (hash.digest('hex') !== digest)
      throw fail('badUpload', `Cannot put '${path}' together: part ${part} is damaged on the disk`)
  }
}

const isAt = (upload: UploadRow, at: ProjectPath): boolean => upload.path === at.path && upload.project === at.project

function holdOpen({ path, part_count: count, state }: UploadRow, part: number): void {
  if (state !== 'open') throw fail('badUpload', `Cannot take part ${part} of '${path}': it is complete`)
  if (part < 1 || part > count) throw fail('badUpload', `Cannot take part ${part} of '${path}': it has ${count} parts`)
}

/** Holds an upload to one whose parts are all there, in order, as whoever sent them names them. */
function holdWhole(
  { path, part_count: count }: UploadRow,
  { named, parts }: { readonly named: readonly NamedPart[]; readonly parts: readonly UploadPartRow[] },
): void {
  const incomplete = (why: string) => fail('badUpload', `Cannot put '${path}' together: ${why}`)
  const absent = Array.from({ length: count }, (_, place) => place + 1).find((part) => parts[part - 1]?.part !== part)
  if (absent !== undefined) throw incomplete(`part ${absent} of ${count} has not come`)
  if (named.length !== count || named.some(({ part }, place) => part !== place + 1))
    throw incomplete(`the request must name its ${count} parts, in their order`)
  const other = named.find(({ digest }, place) => digest !== (parts[place] as UploadPartRow).digest)
  if (other) throw incomplete(`part ${other.part} is not the one that the request names`)
}

async function collectOver({ database, clock }: Workspace, spool: Spool): Promise<void> {
  for (const id of await uploadsOver(open(database), clock.now()))
    await spool.remove(await together(database, (tables) => deleteUpload(tables, id)))
}

/** Files that no upload knows: a killed process left them, or another one is about to name them. */
async function strayFiles({ database, clock }: Workspace, spool: Spool): Promise<readonly string[]> {
  const stray = await spool.names({ before: clock.now() - strayAfterMs })
  if (stray.length === 0) return []
  const known = await partFiles(open(database))
  return stray.filter((name) => !known.has(name))
}

const mostParts = 10_000
/** As large as stores of objects let a part be. */
const mostPartBytes = 5 * 2 ** 30
const lifetimeMs = 86_400_000
const strayAfterMs = 86_400_000
