import type { SystemInput, SystemSpec } from '../schema.ts'
import { parseSystem } from '../validation/parse-system.ts'

/**
 * A whole ML system: checked, with every default filled in, and frozen. A system file exports what it returns.
 * @throws {Failure} `system/invalid` naming every mistake with its path, what is wrong and what would be right
 */
export function defineSystem(input: SystemInput): SystemSpec {
  return parseSystem(input)
}
