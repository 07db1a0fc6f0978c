import { dirname, extname } from 'node:path'
import { contentHash, Failure, isFailure, type EpochMs } from '#platform'
import type { SystemSpec } from '../schema.ts'
import { systemWarnings } from '../validation/system-warnings.ts'
import { codeState } from './code-state.ts'
import { findSystemFile } from './find-system-file.ts'
import { pinPrograms } from './pin-programs.ts'
import { readJsonSystem } from './read-json-system.ts'
import { runSystemFile } from './run-system-file.ts'

/** What a system file says, and where it stands. */
export interface LoadedSystem {
  /** Absolute path of the file. */
  readonly file: string
  readonly spec: SystemSpec
  /** SHA-256 of the canonical JSON of `spec`. */
  readonly hash: string
  /** Folder of the file: relative paths of sources start here. */
  readonly baseFolder: string
  /** Commit of the folder's repository; null where there is none. */
  readonly commit: string | null
  readonly dirty: boolean
  /** What is allowed and yet likely meant otherwise, one sentence each. */
  readonly warnings: readonly string[]
}

/**
 * Reads a system from a TypeScript, JavaScript or JSON file, or from the only `*.system.*` file of a folder. The file
 * may import `millrace` wherever it stands, with nothing installed beside it. It runs in a process of its own.
 * @param options `nowMs` is the moment against which dates are judged for the warnings
 * @throws {Failure} `system/missingFile`, `system/severalFiles`, `system/syntax`, `system/fileThrew`,
 *   `system/noDefaultExport`, `system/invalid`; each says the file, and the line where there is one
 */
export async function loadSystemFile(
  path: string,
  options: { readonly nowMs?: EpochMs | undefined } = {},
): Promise<LoadedSystem> {
  const file = await findSystemFile(path)
  const baseFolder = dirname(file)
  const read = async (): Promise<SystemSpec> =>
    pinPrograms(await (extname(file) === '.json' ? readJsonSystem(file) : runSystemFile(file)), baseFolder)
  const spec = await read().catch((error: unknown) => {
    throw named(error, { path, file })
  })
  const { commit, dirty } = await codeState(baseFolder)
  return { file, spec, hash: contentHash(spec), baseFolder, commit, dirty, warnings: systemWarnings(spec, options) }
}

/** A mistake in the system also says in which file. */
function named(error: unknown, { path, file }: { path: string; file: string }): unknown {
  if (!isFailure(error) || error.code !== 'system/invalid') return error
  const { message, status, retry, remedy, details } = error
  return new Failure(error.code, message.replace('Cannot use the system:', `Cannot use the system file '${path}':`), {
    details: { ...details, file },
    cause: error,
    entry: { status, retry, remedy, means: message },
  })
}
