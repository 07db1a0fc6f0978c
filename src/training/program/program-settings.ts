import { join } from 'node:path'
import { environmentValues, type Config } from '#platform'
import type { ProgramSettings } from './schema.ts'

/**
 * Where programs run, and with what, as the process is configured.
 * @param folder of the store that keeps their environments
 */
export function programSettings(
  config: Pick<Config, 'MILLRACE_TRAINER_PROGRAMS' | 'MILLRACE_TRAINER_ENVIRONMENT' | 'MILLRACE_PYTHON'>,
  folder: string,
): ProgramSettings {
  const named = config.MILLRACE_TRAINER_ENVIRONMENT.split(',').filter((name) => name !== '')
  return {
    folder: join(folder, 'trainers'),
    python: config.MILLRACE_PYTHON,
    variables: environmentValues(['PATH', 'HOME', 'LANG', 'TMPDIR', ...named]),
    variablesOf: environmentValues,
    allowed: config.MILLRACE_TRAINER_PROGRAMS === 'on',
  }
}

/** Of a process that runs none. */
export const noPrograms: ProgramSettings = {
  folder: '',
  python: '',
  variables: {},
  variablesOf: () => ({}),
  allowed: false,
}
