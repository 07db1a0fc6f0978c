import { parseSystem, type SystemSpec } from '#system'
import { fail } from './failures.ts'

/** A system with one setting changed. */
export interface Variation {
  /** `retrain.every=7d`. */
  readonly setting: string
  readonly spec: SystemSpec
}

/**
 * The systems that `path=value,value` names: each a copy with that setting changed. A value is read as JSON where it is
 * JSON, else as text.
 * @throws {Failure} `rehearsal/badVariation`; `system/invalid` when the changed system is not valid
 */
export function varySystem(spec: SystemSpec, text: string): readonly Variation[] {
  const [path, list] = [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]
  if (!text.includes('=') || path === '' || list === '')
    throw fail('badVariation', `Cannot vary '${text}': expected a path, '=' and values`)
  return list.split(',').map((value) => {
    const changed = structuredClone(spec) as Record<string, unknown>
    const names = path.split('.')
    let place = changed
    for (const name of names.slice(0, -1)) {
      const next = place[name]
      if (next === null || typeof next !== 'object')
        throw fail(
          'badVariation',
          `Cannot vary '${path}': the system has no '${name}'; it has ${Object.keys(place).join(', ')}`,
        )
      place = next as Record<string, unknown>
    }
    place[names.at(-1) as string] = valueOf(value)
    return { setting: `${path}=${value}`, spec: parseSystem(changed) }
  })
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
