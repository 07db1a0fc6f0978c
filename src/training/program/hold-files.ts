import { realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { fileDigest } from '#platform'
import { fail } from '../failures.ts'

/**
 * Holds the files of a program to what they were when the system was applied: a version of a system never changes.
 * @param files SHA-256 by path from the folder of the system file
 * @param attempt the start of the message of an error
 * @throws {Failure} `training/programChanged`
 */
export async function holdFiles(
  files: Readonly<Record<string, string>>,
  { baseFolder, attempt }: { readonly baseFolder: string; readonly attempt: string },
): Promise<void> {
  const changed = (path: string, how: string) =>
    fail('programChanged', `${attempt}: ${path} ${how} the system was applied`, { details: { file: path } })
  const base = await realpath(baseFolder).catch(() => resolve(baseFolder))
  for (const [path, digest] of Object.entries(files)) {
    const file = await realpath(resolve(base, path)).catch(() => undefined)
    if (file === undefined) throw changed(path, 'is gone since')
    if (!file.startsWith(`${base}${sep}`)) throw changed(path, 'leads out of the folder of the system file since')
    if ((await fileDigest(file)) !== digest) throw changed(path, 'is another one than when')
  }
}
