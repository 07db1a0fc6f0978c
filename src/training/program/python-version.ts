import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { messageOf } from '#platform'
import { fail } from '../failures.ts'
import type { ProgramSettings } from './schema.ts'

/**
 * Version and build of the Python that environments are made of, such as 'cpython 3.13.5 linux-x86_64'.
 * @throws {Failure} `training/noPython` where there is none, or it cannot make environments
 */
export async function pythonVersion({ python, variables }: ProgramSettings): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', probe], { env: { ...variables }, timeout: 30_000 })
    return stdout.trim()
  } catch (error) {
    const { code, stderr = '' } = error as { readonly code?: unknown; readonly stderr?: string }
    const why =
      code === 'ENOENT'
        ? `there is no '${python}'`
        : `'${python}' cannot make environments (${stderr.trim().split('\n').at(-1) || messageOf(error)})`
    throw fail('noPython', `Cannot train with Python: ${why}`, { cause: error })
  }
}

const probe = [
  'import ensurepip, venv',
  'import platform, sys, sysconfig',
  "assert sys.version_info >= (3, 9), 'Python 3.9 or later is needed'",
  'print(sys.implementation.name, platform.python_version(), sysconfig.get_platform())',
].join('\n')
