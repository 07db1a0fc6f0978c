import { glob, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { messageOf, storageFailure } from '#platform'
import { fail } from './failures.ts'

/** A file that a source names. */
export interface FoundFile {
  /** Relative to the base folder, with '/'. */
  readonly path: string
  readonly absolutePath: string
  readonly sizeBytes: number
  readonly modifiedMs: number
}

/**
 * The files that a source's paths and globs name, each once: in the order of the paths, those of a glob sorted by name.
 * @param mayBeNone whether a glob may match nothing: files are tidied away after they were taken
 * @throws {Failure} `ingress/missingFile`, `ingress/noMatch`, `ingress/notAFile`, `ingress/unreadableFile`
 */
export async function findFiles(
  paths: string | readonly string[],
  { baseFolder, mayBeNone = false }: { readonly baseFolder: string; readonly mayBeNone?: boolean },
): Promise<readonly FoundFile[]> {
  const found = new Map<string, FoundFile>()
  for (const path of [paths].flat()) {
    const isGlob = /[*?[\]{}]/.test(path) && !(await exists(resolve(baseFolder, path)))
    const names = isGlob ? await matches(path, baseFolder) : [resolve(baseFolder, path)]
    if (names.length === 0 && !mayBeNone) {
      throw fail('noMatch', `Cannot read '${path}': no file matches it in '${baseFolder}'`, { details: { path } })
    }
    for (const name of names) found.set(name, await look(name, baseFolder))
  }
  return [...found.values()]
}

/** Facts of one file. */
export async function look(absolutePath: string, baseFolder: string): Promise<FoundFile> {
  const path = relative(baseFolder, absolutePath).split(sep).join('/') || '.'
  const shown = path.startsWith('..') ? absolutePath : path
  try {
    const facts = await stat(absolutePath)
    if (facts.isDirectory()) {
      throw fail('notAFile', `Cannot read '${shown}': it is a folder`, {
        details: { path: absolutePath },
        remedy: `Name the files in it with a pattern, such as '${shown}/*.csv'`,
      })
    }
    if (!facts.isFile()) {
      throw fail('unreadableFile', `Cannot read '${shown}': it is no regular file`, { details: { path: absolutePath } })
    }
    return { path, absolutePath, sizeBytes: facts.size, modifiedMs: facts.mtimeMs }
  } catch (error) {
    throw openFailure(shown, error)
  }
}

/** What goes wrong when a file is opened, as a catalogued failure. */
export function openFailure(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  const options = { cause: error, details: { path } }
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return fail('missingFile', `Cannot read '${path}': there is no such file`, options)
  if (code === 'EISDIR') return fail('notAFile', `Cannot read '${path}': it is a folder`, options)
  if (code === 'EACCES' || code === 'EPERM' || code === 'ELOOP' || code === 'EIO' || code === 'ENXIO') {
    return fail('unreadableFile', `Cannot read '${path}': ${messageOf(error)}`, options)
  }
  return storageFailure(`read '${path}'`, error)
}

async function matches(pattern: string, baseFolder: string): Promise<string[]> {
  const names: string[] = []
  for await (const entry of glob(pattern, { cwd: baseFolder, withFileTypes: true })) {
    const name = isAbsolute(entry.parentPath)
      ? join(entry.parentPath, entry.name)
      : join(baseFolder, entry.parentPath, entry.name)
    if (!entry.isDirectory()) names.push(name)
  }
  return names.sort()
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
