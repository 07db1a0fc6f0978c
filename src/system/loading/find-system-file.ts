import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fail } from '../failures.ts'

/**
 * The system file that a path means: the file itself, or the only one of a folder.
 * @returns an absolute path
 * @throws {Failure} `system/missingFile`, `system/severalFiles`
 */
export async function findSystemFile(path: string): Promise<string> {
  const found = await stat(path).catch((cause: unknown) => {
    throw fail('missingFile', `Cannot read the system file '${path}': there is none`, { cause, details: { path } })
  })
  if (!found.isDirectory()) return resolve(path)
  const names = (await readdir(path)).filter((name) => /\.system\.(ts|mts|js|mjs|json)$/.test(name)).sort()
  if (names.length === 1) return resolve(path, names[0] as string)
  if (names.length === 0)
    throw fail('missingFile', `Cannot read a system file in '${path}': the folder has no *.system.ts`, {
      details: { path },
    })
  throw fail('severalFiles', `Cannot choose a system file in '${path}': it has ${names.join(', ')}`, {
    details: { path, files: names.map((name) => join(path, name)) },
  })
}
