import { setImmediate } from 'node:timers/promises'
import type { Digest, Workspace } from '#platform'
import { deleteFileRows, filesWithin } from '../store/deleted.ts'
import { deleteFiles } from '../store/files.ts'
import { open, together, type FileRow } from '../store/tables.ts'

/** Bytes that files stood for: how often, and how many they are. */
export type RemovedBytes = Map<Digest, { count: number; readonly sizeBytes: number }>

export interface Removal {
  /** Only counts. */
  readonly dryRun: boolean
  /** Folders and files that something else needs. */
  readonly needed: readonly string[]
  /** Counts what goes. */
  readonly removed: RemovedBytes
}

/**
 * Takes a folder out of the store of artifacts, a few files at a time, but for what else is needed of it.
 * @returns whether all of it is gone
 */
export async function removeFiles(
  workspace: Workspace,
  folder: string,
  { dryRun, needed, removed }: Removal,
): Promise<boolean> {
  const holders = needed.filter((place) => isWithin(place, folder) || isWithin(folder, place))
  let isWhole = true
  for (let after: FileRow | undefined; ;) {
    const page = await filesWithin(open(workspace.database), folder, after)
    const gone = page.filter((row) => {
      const path = `${row.folder}/${row.name}`
      return !holders.some((place) => isWithin(path, place) || isWithin(place, path))
    })
    if (gone.length < page.length) isWhole = false
    for (const { digest, size_bytes } of gone)
      if (digest !== null)
        removed.set(digest, { count: (removed.get(digest)?.count ?? 0) + 1, sizeBytes: size_bytes ?? 0 })
    if (!dryRun && gone.length > 0) await together(workspace.database, (tables) => deleteFileRows(tables, gone))
    after = page.at(-1)
    if (after === undefined) break
    await setImmediate()
  }
  // The folder itself, and those around it that are empty then.
  if (!dryRun && isWhole) await together(workspace.database, (tables) => deleteFiles(tables, folder))
  return isWhole
}

/** Whether a path is a folder, or stands within it. */
export const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)
