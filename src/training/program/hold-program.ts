import { fail } from '../failures.ts'
import { pythonVersion } from './python-version.ts'
import type { ProgramSettings, TrainingProgram } from './schema.ts'

/**
 * Holds that a program can be run here.
 * @throws {Failure} `training/programsOff`, `training/noPython`
 */
export async function holdProgram(
  settings: ProgramSettings,
  { name, program }: { readonly name: string; readonly program: TrainingProgram },
): Promise<void> {
  if (!settings.allowed) throw fail('programsOff', `Cannot train '${name}': programs of systems are switched off here`)
  if (program.requirements) await pythonVersion(settings)
}
