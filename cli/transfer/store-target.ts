import { Readable } from 'node:stream'
import { isFailure, messageOf } from '#platform'
import { answerOf, type Called } from '../answer.ts'
import type { ReachableConnection } from '../connect.ts'
import { usageFailure } from '../usage-failure.ts'
import { connectionLost, fileAddress, folderOf, held } from './artifact-address.ts'
import type { ListedFile } from './export-folder.ts'
import type { SourceFile } from './parts.ts'

/** A call of the API that says so where the server went away. */
export async function sent<T>(attempt: string, call: Promise<Called<T>>): Promise<T> {
  try {
    return await answerOf(call)
  } catch (error) {
    if (isFailure(error)) throw error
    throw connectionLost(attempt, error)
  }
}

/** Whether there is no use in going on with something else: the server is gone, or cannot answer. */
export const endsAll = (error: unknown): boolean =>
  !isFailure(error) || error.status >= 500 || error.status === 401 || error.status === 403

/** Files below an address of the store of artifacts, by their paths from there; none where that is of another store. */
export async function filesAt({ api }: ReachableConnection, artifactUri: string): Promise<readonly ListedFile[]> {
  const folder = folderOf(artifactUri)
  const files: ListedFile[] = []
  for (let offset: number | null = folder === null ? null : 0; offset !== null;) {
    const query = { folder: folder ?? '', offset, limit: 1000 }
    const page: { files: ListedFile[]; nextOffset: number | null } = await sent(
      'list artifacts',
      api.GET('/api/v1/artifacts', { params: { query } }),
    )
    files.push(...page.files)
    offset = page.nextOffset
  }
  return files
}

/** How a file came to its place. */
export type Stored = 'stored' | 'there already'

/**
 * Puts a file below an address of the store of artifacts, as it comes, where not the same one is there.
 * @throws {Failure} `cli/damagedExport` where other bytes came than its digest says, `cli/notStored` where the server refused
 */
export async function storeFile(
  { url, headers }: ReachableConnection,
  {
    artifactUri,
    file,
    there,
  }: {
    readonly artifactUri: string
    readonly file: SourceFile
    /** What is at its path; undefined where nothing is. */
    readonly there: { readonly sizeBytes: number; readonly digest: string } | undefined
  },
): Promise<Stored> {
  const isSame = file.digest === null ? there?.sizeBytes === file.sizeBytes : there?.digest === file.digest
  if (there && isSame) return 'there already'
  const address = fileAddress(url, `${folderOf(artifactUri)}/${file.path}`)
  const bytes = held(await file.open(), { digest: file.digest, what: `'${file.path}'` })
  const answer = await put(address, { path: file.path, bytes, headers })
  if (!answer.ok) throw usageFailure('notStored', `Cannot store '${file.path}': ${await reasonOf(answer)}`)
  return 'stored'
}

async function put(
  address: string,
  {
    path,
    bytes,
    headers,
  }: {
    readonly path: string
    readonly bytes: AsyncIterable<Uint8Array>
    readonly headers: ReachableConnection['headers']
  },
): Promise<Response> {
  // What the source breaks off with is told as it is, not as the end of the connection that it causes.
  let broke: unknown
  const watched = (async function* () {
    try {
      yield* bytes
    } catch (error) {
      broke = error
      throw error
    }
  })()
  try {
    const body = Readable.toWeb(Readable.from(watched, { objectMode: false })) as ReadableStream
    return await fetch(address, { method: 'PUT', headers, body, duplex: 'half' })
  } catch (error) {
    throw broke ?? connectionLost(`store '${path}'`, error)
  }
}

async function reasonOf(answer: Response): Promise<string> {
  const text = await answer.text().catch(messageOf)
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text
  } catch {
    return `the server answered ${answer.status}`
  }
}
