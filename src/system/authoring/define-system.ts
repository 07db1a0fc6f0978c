import type { SystemInput, SystemSpec } from '../schema.ts'
import { parseSystem } from '../validation/parse-system.ts'

/** What a system file may say: a system, with short forms for what is often written. */
export interface SystemFile extends SystemInput {
  /** Short for `partition: { by }`: one model for each value of this column. */
  readonly partitionBy?: string
}

/**
 * A whole ML system: checked, with every default filled in, and frozen. A system file exports what it returns.
 * @throws {Failure} `system/invalid` naming every mistake with its path, what is wrong and what would be right
 */
export function defineSystem(file: SystemFile): SystemSpec {
  const { partitionBy, ...input } = file
  if (partitionBy === undefined) return parseSystem(input)
  // Beside the long form it is left in, and refused as a name that is not known.
  if (input.partition !== undefined) return parseSystem(file)
  return parseSystem({ ...input, partition: { by: partitionBy } })
}
