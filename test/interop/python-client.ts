import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pythonEnvironment } from '../../bench/peers/python-environment.ts'

/** What a check of a client found. */
export interface Outcome {
  readonly check: string
  readonly ok: boolean
  readonly error?: string
  readonly trace?: string
}

/**
 * A Python with the foreign clients, in an environment of its own.
 * @param requirements file of `clients/` that lists them
 * @returns undefined where there is none, after saying why
 * @throws Error where there is none and `MILLRACE_REQUIRE` demands `python`
 */
export async function openPython(requirements = 'requirements.txt'): Promise<string | undefined> {
  const lines = await readFile(new URL(`clients/${requirements}`, import.meta.url), 'utf8')
  const packages = lines.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const log = (line: string) => process.stderr.write(`${line}\n`)
  const found = await pythonEnvironment(packages, { log }, { compilesLater: true })
  if ('python' in found) return found.python
  if (isDemanded()) throw new Error(`Cannot run the foreign clients: ${found.skipped}`)
  process.stderr.write(`The foreign clients are not run: ${found.skipped}\n`)
  return undefined
}

/** Whether whoever runs the tests says that Python must be there. */
export const isDemanded = (): boolean => (process.env['MILLRACE_REQUIRE'] ?? '').split(/[\s,]+/).includes('python')

/**
 * Runs a script of `clients/`, which prints one line of JSON for each check.
 * @throws Error with what it said where it came to no check
 */
export async function runClient(python: string, script: readonly string[]): Promise<readonly Outcome[]> {
  const [name, ...args] = script
  const file = fileURLToPath(new URL(`clients/${name}.py`, import.meta.url))
  const { stdout, stderr } = await finished(python, [file, ...args])
  const outcomes = stdout
    .split('\n')
    .filter((line) => line.startsWith('{"check"'))
    .map((line) => JSON.parse(line) as Outcome)
  if (outcomes.length === 0) throw new Error(`Cannot run ${name}.py: it made no check:\n${stderr.slice(-4000)}`)
  return outcomes
}

function finished(python: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    // Proxies of the machine are not for addresses on it. What is compiled stands with the packages, not here.
    const compiled = join(dirname(dirname(python)), 'compiled')
    const env = { ...process.env, NO_PROXY: '127.0.0.1,localhost', PYTHONPYCACHEPREFIX: compiled }
    const options = { env, timeout: 400_000, maxBuffer: 64 * 1024 * 1024 }
    execFile(python, [...args], options, (_, stdout, stderr) => resolve({ stdout, stderr }))
  })
}
