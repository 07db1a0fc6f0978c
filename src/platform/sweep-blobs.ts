import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Digest } from './digest.ts'
import type { EpochMs } from './clock.ts'
import type { Failure } from './failure.ts'

export interface SweepOptions {
  /** The bytes that facts refer to now. Asked once more before any go for good. */
  readonly referred: () => Promise<ReadonlySet<Digest>>
  /** Only counts what would go. */
  readonly dryRun?: boolean
}

/** What a sweep took away, or would. */
export interface Swept {
  /** Contents that nothing referred to. */
  readonly blobs: number
  readonly bytesFreed: number
  /** Of contents that nothing refers to either, but that were put, or set aside, too short a time ago. */
  readonly bytesWaiting: number
  /** Files in the making that a dead process had left. */
  readonly leftOvers: number
  /** Why not all was looked at: what it counts was done all the same. */
  readonly stoppedBy?: Failure
}

/** Where a store of bytes has what, in its folder. */
export interface BlobFolder {
  readonly folder: string
  readonly pathOf: (digest: Digest) => string
}

/**
 * Takes away the bytes that nothing refers to and that were not put since some moment.
 *
 * Whoever puts bytes that are there touches their file and then relies on it. So a file is first set aside, where no
 * putter can touch it any more; one that was touched until then goes back. What is aside then, and is still not referred
 * to when all were asked once more, goes for good.
 */
export async function sweepBlobs(at: BlobFolder, options: SweepOptions & { readonly before: EpochMs }): Promise<Swept> {
  const { before, dryRun = false } = options
  const aside = asideOf(at.folder)
  await mkdir(aside, { recursive: true })
  const counts = { blobs: 0, bytesFreed: 0, bytesWaiting: 0, leftOvers: 0 }
  const referred = await options.referred()
  for await (const digest of digestsOf(at)) {
    if (referred.has(digest)) continue
    const file = at.pathOf(digest)
    const found = await statOf(file)
    if (found === undefined) continue
    if (found.mtimeMs >= before) counts.bytesWaiting += found.size
    else if (dryRun) {
      counts.blobs++
      counts.bytesFreed += found.size
    } else await setAside(file, { to: join(aside, digest), before })
  }
  for (const digest of dryRun ? [] : await removeAside(at, { before, referred: options.referred })) {
    counts.blobs++
    counts.bytesFreed += digest.sizeBytes
  }
  for (const file of await filesIn(scratchOf(at.folder))) {
    const found = await statOf(file)
    if (found === undefined || found.mtimeMs >= before) continue
    counts.leftOvers++
    if (!dryRun) await rm(file, { force: true })
  }
  return counts
}

/** Puts back what a sweep that was cut short had set aside; where one is under way, it takes that for needed. */
export async function undoSweep(at: BlobFolder): Promise<void> {
  const aside = asideOf(at.folder)
  for (const name of await readdir(aside).catch(() => [])) await moved(join(aside, name), at.pathOf(name))
}

/** The folder of files in the making. */
export const scratchOf = (folder: string): string => join(folder, 'scratch')

const asideOf = (folder: string): string => join(folder, 'aside')

async function setAside(
  file: string,
  { to, before }: { readonly to: string; readonly before: EpochMs },
): Promise<void> {
  if (!(await moved(file, to))) return
  const found = await statOf(to)
  if (found && found.mtimeMs >= before) await moved(to, file)
}

async function removeAside(
  at: BlobFolder,
  { before, referred }: { readonly before: EpochMs; readonly referred: () => Promise<ReadonlySet<Digest>> },
): Promise<readonly { readonly sizeBytes: number }[]> {
  const files = await filesIn(asideOf(at.folder))
  if (files.length === 0) return []
  const needed = await referred()
  const removed: { readonly sizeBytes: number }[] = []
  for (const file of files) {
    const digest = file.slice(file.lastIndexOf('/') + 1)
    const found = await statOf(file)
    if (found === undefined) continue
    if (needed.has(digest) || found.mtimeMs >= before) await moved(file, at.pathOf(digest))
    else {
      await rm(file, { force: true })
      removed.push({ sizeBytes: found.size })
    }
  }
  return removed
}

/** Digests of all whole contents, by the folders that they stand in. */
async function* digestsOf({ folder }: BlobFolder): AsyncGenerator<Digest, undefined> {
  for (const shard of await readdir(folder)) {
    if (!/^[0-9a-f]{2}$/.test(shard)) continue
    for (const name of await readdir(join(folder, shard))) if (/^[0-9a-f]{64}$/.test(name)) yield name
  }
}

const filesIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder)).map((name) => join(folder, name))

/** Nothing where the file is gone: others move files too. */
const statOf = (file: string) => stat(file).catch(whereGone)

/** @returns whether it was there */
const moved = async (from: string, to: string): Promise<boolean> =>
  (await rename(from, to).then(() => true, whereGone)) ?? false

function whereGone(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}
