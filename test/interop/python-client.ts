import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { pythonEnvironment } from '../../bench/peers/python-environment.ts'

/** What a check of a client found. */
interface Outcome {
  readonly check: string
  readonly ok: boolean
  readonly error?: string
  readonly trace?: string
}

/** A script of `clients/` that was run: asks after its checks by name. */
export interface ClientRun {
  /** @throws Error with the client's own trace where the check failed or was never made */
  passed(check: string): void
  /** Names of all checks that were made. */
  readonly checks: readonly string[]
}

/**
 * A Python with the foreign clients, in an environment of its own.
 * @returns undefined where there is none, after saying why
 * @throws Error where there is none and `MILLRACE_REQUIRE` demands `python`
 */
export async function openPython(): Promise<string | undefined> {
  const requirements = await readFile(new URL('clients/requirements.txt', import.meta.url), 'utf8')
  const packages = requirements.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const found = await pythonEnvironment(packages, { log: (line) => process.stderr.write(`${line}\n`) })
  if ('python' in found) return found.python
  if (isDemanded()) throw new Error(`Cannot run the foreign clients: ${found.skipped}`)
  process.stderr.write(`The foreign clients are not run: ${found.skipped}\n`)
  return undefined
}

const isDemanded = (): boolean => (process.env['MILLRACE_REQUIRE'] ?? '').split(/[\s,]+/).includes('python')

/** Runs a script of `clients/`, which prints one line of JSON for each check. */
export async function runClient(python: string, [script, ...args]: readonly [string, ...string[]]): Promise<ClientRun> {
  const file = fileURLToPath(new URL(`clients/${script}.py`, import.meta.url))
  const { stdout, stderr } = await finished(python, [file, ...args])
  const outcomes = stdout
    .split('\n')
    .filter((line) => line.startsWith('{"check"'))
    .map((line) => JSON.parse(line) as Outcome)
  return {
    checks: outcomes.map(({ check }) => check),
    passed: (check) => {
      const outcome = outcomes.find((one) => one.check === check)
      if (!outcome) throw new Error(`${script} never came to '${check}':\n${stderr.slice(-4000)}`)
      if (!outcome.ok) throw new Error(`${script} says of '${check}': ${outcome.error}\n${outcome.trace}`)
    },
  }
}

function finished(python: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    // Proxies of the machine are not for addresses on it.
    const env = { ...process.env, NO_PROXY: '127.0.0.1,localhost', PYTHONDONTWRITEBYTECODE: '1' }
    const options = { env, timeout: 120_000, maxBuffer: 64 * 1024 * 1024 }
    execFile(python, [...args], options, (_, stdout, stderr) => resolve({ stdout, stderr }))
  })
}
