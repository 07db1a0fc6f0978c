import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchContext } from '../bench-shape.ts'

/** A Python with the packages of a peer, or why there is none. */
export type PythonEnvironment = { readonly python: string } | { readonly skipped: string }

const run = promisify(execFile)

/**
 * A virtual environment with these packages from the ordinary index, kept under `.cache/` for the next time.
 * @param packages requirements as pip takes them
 * @param options.compilesLater whether modules are compiled when they are first imported: half of an installation's time
 */
export async function pythonEnvironment(
  packages: readonly string[],
  context: Pick<BenchContext, 'log'>,
  { compilesLater = false }: { readonly compilesLater?: boolean } = {},
): Promise<PythonEnvironment> {
  const name = createHash('sha256').update(packages.join('\n')).digest('hex').slice(0, 12)
  const folder = fileURLToPath(new URL(`../../.cache/python-${name}`, import.meta.url))
  const python = join(folder, 'bin', 'python')
  const complete = join(folder, 'complete')
  const isComplete = await access(complete).then(
    () => true,
    () => false,
  )
  if (isComplete) return { python }
  try {
    await run('python3', ['--version'])
  } catch {
    return { skipped: 'there is no python3 to run the peer with' }
  }
  try {
    context.log(`Installing ${packages.join(', ')} for the peer`)
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    await run('python3', ['-m', 'venv', folder])
    const options = ['--quiet', '--disable-pip-version-check', ...(compilesLater ? ['--no-compile'] : [])]
    await run(python, ['-m', 'pip', 'install', ...options, ...packages])
    await writeFile(complete, packages.join('\n'))
    return { python }
  } catch (error) {
    const { stderr } = error as { readonly stderr?: string }
    const reason = (stderr ?? String(error)).trim().split('\n').at(-1)
    return { skipped: `the peer's packages could not be installed: ${reason}` }
  }
}
