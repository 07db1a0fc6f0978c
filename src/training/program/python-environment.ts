import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { contentHash, storageFailure, systemClock, takeLock, type Lock } from '#platform'
import { fail } from '../failures.ts'
import { lastLines } from './last-lines.ts'
import { pythonVersion } from './python-version.ts'
import { runGuarded } from './run-guarded.ts'
import type { ProgramSettings } from './schema.ts'

/** An environment of Python with packages of its own. */
export interface PythonEnvironment {
  readonly folder: string
  /** Its interpreter. */
  readonly python: string
  /** What is installed, as `pip freeze` says it. */
  readonly packages: string
}

export interface EnvironmentOptions {
  /** As pip takes them, one a line. */
  readonly requirements: readonly string[]
  readonly signal: AbortSignal
  /** More variables for pip. */
  readonly variables: Readonly<Record<string, string>>
  readonly tell?: (text: string) => void
}

/**
 * The environment of these packages and this Python: made the first time, found ever after. Who needs one that another
 * process is making waits for it. Where it stands does not change, since its scripts name their place; it is there once
 * its list of packages is.
 * @throws {Failure} `training/noPython`, `training/noEnvironment` with pip's last lines
 */
export async function pythonEnvironment(
  settings: ProgramSettings,
  options: EnvironmentOptions,
): Promise<PythonEnvironment> {
  const { requirements, signal } = options
  const version = await pythonVersion(settings)
  const all = join(settings.folder, 'environments')
  await mkdir(all, { recursive: true }).catch((error: unknown) => {
    throw storageFailure(`make the folder '${all}'`, error)
  })
  const folder = join(all, contentHash({ version, requirements }).slice(0, 16))
  const made = await complete(folder)
  if (made) return made
  const lock = await lockWhenFree(`${folder}.lock`, signal)
  try {
    return (await complete(folder)) ?? (await make(settings, folder, options))
  } finally {
    lock.release()
    await removeUnused(all)
  }
}

/** An environment that is whole; from now on it was used now. */
async function complete(folder: string): Promise<PythonEnvironment | undefined> {
  const list = join(folder, packagesFile)
  const packages = await readFile(list, 'utf8').catch(() => undefined)
  if (packages === undefined) return undefined
  const nowS = systemClock.now() / 1000
  await utimes(list, nowS, nowS).catch(() => undefined)
  return { folder, python: pythonIn(folder), packages }
}

async function make(
  settings: ProgramSettings,
  folder: string,
  { requirements, signal, variables, tell }: EnvironmentOptions,
): Promise<PythonEnvironment> {
  const logFile = `${folder}.log`
  await rm(folder, { recursive: true, force: true })
  await rm(logFile, { force: true })
  const run = async (what: string, command: readonly string[]): Promise<string> => {
    tell?.(what)
    const end = await runGuarded(
      {
        command,
        folder: settings.folder,
        variables: { ...settings.variables, ...variables },
        logFile,
        timeMs: longestMs,
        graceMs: 2000,
        memoryBytes: Number.MAX_SAFE_INTEGER,
        output: { folder, maxBytes: Number.MAX_SAFE_INTEGER },
      },
      { signal },
    )
    if (signal.aborted) throw signal.reason
    if (end.code === 0) return end.tail
    const why =
      end.notStarted ?? (end.stopped ? `it took longer than ${longestMs / 60_000} minutes` : lastLines(end.tail))
    throw fail('noEnvironment', `Cannot make an environment of Python: to ${what} failed: ${why}`, {
      details: { requirements, log: logFile },
    })
  }
  try {
    await run('make an environment of Python', [settings.python, '-m', 'venv', folder])
    const file = join(folder, 'requirements.txt')
    await writeFile(file, `${requirements.join('\n')}\n`)
    const pip = [pythonIn(folder), '-m', 'pip', '--no-input', '--disable-pip-version-check']
    if (requirements.length > 0) await run('install packages', [...pip, 'install', '--progress-bar', 'off', '-r', file])
    await run('list packages', [...pip, 'freeze'])
    const packages = await frozen(logFile)
    await writeFile(join(folder, `${packagesFile}.new`), packages)
    await rename(join(folder, `${packagesFile}.new`), join(folder, packagesFile))
    return { folder, python: pythonIn(folder), packages }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** The end of the log is what `pip freeze` printed. */
async function frozen(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n')
  const from = lines.findLastIndex((line) => !/^[\w.-]+( @ \S+|===?\S+)$/.test(line))
  return `${lines.slice(from + 1).join('\n')}\n`
}

async function lockWhenFree(path: string, signal: AbortSignal): Promise<Lock> {
  for (;;) {
    signal.throwIfAborted()
    const lock = takeLock(path)
    if (lock) return lock
    await wait(200, undefined, { signal })
  }
}

/** Removes environments that were not used for long; what somebody is making is left alone. */
async function removeUnused(all: string): Promise<void> {
  const before = systemClock.now() - keptMs
  for (const entry of await readdir(all, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory()) continue
    const folder = join(all, entry.name)
    const used = await stat(join(folder, packagesFile)).catch(() => stat(folder).catch(() => undefined))
    if (!used || used.mtimeMs > before) continue
    const lock = takeLock(`${folder}.lock`)
    if (!lock) continue
    await rm(folder, { recursive: true, force: true })
    lock.release()
    await rm(`${folder}.log`, { force: true })
  }
}

const pythonIn = (folder: string): string => join(folder, 'bin', 'python')
const packagesFile = 'packages.txt'
const longestMs = 1_800_000
const keptMs = 30 * 86_400_000
