import { createHash } from 'node:crypto'
import { usageFailure } from '../usage-failure.ts'

/** The folder of the store of artifacts that an address means; null where it is of another store. */
export function folderOf(artifactUri: string): string | null {
  return /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.+)$/s.exec(artifactUri)?.[1] ?? null
}

/**
 * The web address of a file in the store of artifacts of a server that speaks MLflow's protocol.
 * @throws {Failure} `cli/notStored` where a path would lead out of its folder: web addresses are shortened before they are sent
 */
export function fileAddress(server: string, path: string): string {
  const parts = path.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    throw usageFailure('notStored', `Cannot name a file '${path}': Invalid path`)
  return `${server}/api/2.0/mlflow-artifacts/artifacts/${parts.map(encodeURIComponent).join('/')}`
}

/**
 * The bytes of an answer as they come.
 * @throws {Failure} `cli/connectionLost` where they break off
 */
export async function* bytesOf(answer: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<Uint8Array> {
  try {
    yield* answer
  } catch (error) {
    throw connectionLost(what, error)
  }
}

/** The failure of a server that went away. */
export const connectionLost = (attempt: string, error: unknown): Error => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return usageFailure(
    'connectionLost',
    `Cannot ${attempt}: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      cause: error,
    },
  )
}

/**
 * Bytes as they pass, held to their digest: other ones break off before their end, so that nobody takes them for whole.
 * @param options.digest SHA-256; any bytes pass where null
 * @throws {Failure} `cli/damagedExport`
 */
export async function* held(
  bytes: AsyncIterable<Uint8Array>,
  { digest, what }: { readonly digest: string | null; readonly what: string },
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const part of bytes) {
    hash.update(part)
    yield part
  }
  if (digest !== null && hash.digest('hex') !== digest)
    throw usageFailure(
      'damagedExport',
      `Cannot read ${what}: its bytes are not those of its digest ${digest.slice(0, 12)}…`,
    )
}
