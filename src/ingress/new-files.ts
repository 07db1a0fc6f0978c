import { fileDigest } from '#platform'
import type { SourceSpec } from '#system'
import { fail } from './failures.ts'
import { openFailure, type FoundFile } from './find-files.ts'
import { scanText, type TextFacts } from './scan-text.ts'
import type { TakenFile } from './store.ts'

/** A file whose content was not taken before. */
export interface NewFile extends FoundFile {
  readonly digest: string
  /** Of text formats. */
  readonly text: TextFacts | null
  /** Bytes at its start that were taken before: it has grown since. 0 for other files. */
  readonly takenBytes: number
  /** Whether it was taken before with other content, which it does not go on from. */
  readonly isReplaced: boolean
}

/**
 * The files whose content was never taken, in order. A file is known by path, size and time of change, and where those
 * differ by its bytes: a touched, renamed or copied file is not new, and one that has grown is new from there on.
 * @throws {Failure} `ingress/emptyFile`, `ingress/notUtf8`, `ingress/unreadableFile`
 */
export async function newFiles(
  found: readonly FoundFile[],
  {
    taken,
    kind,
    cursor,
  }: { readonly taken: readonly TakenFile[]; readonly kind: SourceSpec['kind']; readonly cursor: SourceSpec['cursor'] },
): Promise<readonly NewFile[]> {
  const lastOf = new Map(taken.map((file) => [file.path, file]))
  const digests = new Set(taken.map((file) => file.digest))
  for (const file of lastOf.values()) if (file.hasMore) digests.delete(file.digest)
  const fresh: NewFile[] = []
  for (const file of found) {
    const before = lastOf.get(file.path)
    if (before && !before.hasMore && before.sizeBytes === file.sizeBytes && before.modifiedMs === file.modifiedMs)
      continue
    if (file.sizeBytes === 0) throw empty(file.path)
    const canGrow = cursor === 'file' && (kind === 'csv' || kind === 'ndjson')
    const prefixBytes = canGrow && before && before.sizeBytes < file.sizeBytes ? before.sizeBytes : undefined
    const text = kind === 'parquet' ? null : await scanText(file, { prefixBytes })
    if (text?.isBlank) throw empty(file.path)
    const digest = text?.digest ?? (await digestOf(file))
    if (digests.has(digest)) continue
    digests.add(digest)
    const hasGrown = before !== undefined && text?.prefixDigest === before.digest
    fresh.push({
      ...file,
      digest,
      text,
      takenBytes: hasGrown ? before.sizeBytes : 0,
      isReplaced: cursor === 'file' && before !== undefined && !hasGrown,
    })
  }
  return fresh
}

const empty = (path: string) => fail('emptyFile', `Cannot read '${path}': it is empty`, { details: { path } })

async function digestOf(file: FoundFile): Promise<string> {
  try {
    return await fileDigest(file.absolutePath)
  } catch (error) {
    throw openFailure(file.path, error)
  }
}
