import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'

/** Keeps the files of a folder within a size: those that were used longest ago go. */
export interface RecentFiles {
  /** Says that a file was used just now. */
  used(path: string): Promise<void>
}

/** @param options.mostBytes what stays; files that were used within the last hour stay in any case */
export function recentFiles(
  folder: string,
  { clock, mostBytes }: { readonly clock: Clock; readonly mostBytes: number },
): RecentFiles {
  let unseenBytes = Infinity
  let forgetting: Promise<void> | undefined
  return {
    used: async (path) => {
      const now = clock.now()
      const found = await stat(path).catch(() => undefined)
      if (!found) return
      if (now - found.mtimeMs > 60_000) await utimes(path, now / 1000, now / 1000).catch(() => undefined)
      // A new file was made just now; of others nothing has to be forgotten.
      else unseenBytes += found.size
      if (unseenBytes < mostBytes / 20) return
      forgetting ??= forget(folder, { mostBytes, before: now - stayMs }).finally(() => {
        unseenBytes = 0
        forgetting = undefined
      })
      await forgetting
    },
  }
}

const stayMs = 3_600_000

async function forget(folder: string, { mostBytes, before }: { readonly mostBytes: number; readonly before: number }) {
  const files: { readonly path: string; readonly bytes: number; readonly usedMs: number }[] = []
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || entry.parentPath === join(folder, 'scratch')) continue
    const path = join(entry.parentPath, entry.name)
    const found = await stat(path).catch(() => undefined)
    if (found) files.push({ path, bytes: found.size, usedMs: found.mtimeMs })
  }
  let held = files.reduce((sum, { bytes }) => sum + bytes, 0)
  for (const { path, bytes, usedMs } of files.sort((a, b) => a.usedMs - b.usedMs)) {
    if (held <= mostBytes || usedMs > before) return
    await rm(path, { force: true })
    held -= bytes
  }
}
