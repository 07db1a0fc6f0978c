import { loadSystemFile, type LoadedSystem } from '#system'
import { systemClock } from '#platform'
import { say } from './print.ts'

/** Loads the system file that a command names, or the only one of this folder; says its warnings. */
export async function readSystem(
  word: string | undefined,
  { json }: { readonly json: boolean },
): Promise<LoadedSystem> {
  const loaded = await loadSystemFile(word ?? '.', { nowMs: systemClock.now() })
  if (!json) for (const warning of loaded.warnings) say(`⚠ ${warning}`)
  return loaded
}
