import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { storageFailure, type Workspace } from '#platform'
import { lastRowBatch, readRows } from './store.ts'

/** Path of a file of outcomes by its name. */
export const outcomePath = (workspace: Workspace, name: string): string => join(workspace.folder, 'outcomes', name)

/** A copy of the records of the batches from `first` to `last`. */
interface Copy {
  readonly path: string
  readonly first: number
  readonly last: number
}

/**
 * The records that stand in the store of facts, as files that DuckDB reads. Each file holds the batches that came since
 * the one before it. They are copies: when they are lost, they are made again.
 * @returns paths, in the order of the batches
 */
export async function outcomeCopies(workspace: Workspace, system: string): Promise<readonly string[]> {
  const lastBatch = await lastRowBatch(workspace.database, system)
  if (lastBatch === 0) return []
  const folder = outcomePath(workspace, system)
  const found = await copiesIn(folder)
  const chain = chainOf(found.copies)
  const covered = chain.at(-1)?.last ?? 0
  if (covered >= lastBatch) return chain.map(({ path }) => path)
  const keep = chain.length < manyCopies ? chain : []
  const made = await copy(workspace, { system, folder, first: (keep.at(-1)?.last ?? 0) + 1, last: lastBatch })
  if (keep.length === 0) await removeOlder(found.copies, made)
  return [...keep.map(({ path }) => path), made]
}

const manyCopies = 64
/** How long a relation that was made before may still read the old files. */
const readersMs = 600_000

async function copiesIn(folder: string): Promise<{ readonly copies: readonly Copy[] }> {
  const names = await readdir(folder).catch(() => [])
  const copies = names.flatMap((name) => {
    const match = /^copy-(\d+)-(\d+)\.ndjson$/.exec(name)
    return match ? [{ path: join(folder, name), first: Number(match[1]), last: Number(match[2]) }] : []
  })
  return { copies }
}

/** Copies that follow each other from the first batch on, each the longest from where the one before ends. */
function chainOf(copies: readonly Copy[]): readonly Copy[] {
  const chain: Copy[] = []
  for (;;) {
    const first = (chain.at(-1)?.last ?? 0) + 1
    const next = copies.filter((one) => one.first === first).sort((a, b) => b.last - a.last)[0]
    if (!next) return chain
    chain.push(next)
  }
}

async function copy(
  workspace: Workspace,
  range: { readonly system: string; readonly folder: string; readonly first: number; readonly last: number },
): Promise<string> {
  const rows = await readRows(workspace.database, range)
  const path = join(range.folder, `copy-${range.first}-${range.last}.ndjson`)
  const making = workspace.blobs.scratchPath('ndjson')
  try {
    await mkdir(range.folder, { recursive: true })
    await using handle = await open(making, 'w')
    await handle.writeFile(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    await rename(making, path)
    return path
  } catch (error) {
    await rm(making, { force: true })
    throw storageFailure('copy the outcomes', error)
  }
}

async function removeOlder(copies: readonly Copy[], newest: string): Promise<void> {
  const { mtimeMs } = await stat(newest)
  for (const { path } of copies) {
    const found = await stat(path).catch(() => undefined)
    if (path !== newest && found && found.mtimeMs < mtimeMs - readersMs) await rm(path, { force: true })
  }
}
