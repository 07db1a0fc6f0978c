import { fail } from './failures.ts'
import type { Scalar } from './schema.ts'

/**
 * Holds a name to what can be stored: not empty, at most 250 characters.
 * @param what 'parameter', 'metric' or 'artifact'
 * @throws {Failure} `tracking/badValue`
 */
export function holdName(what: string, name: string): void {
  if (name.trim() === '') throw fail('badValue', `Cannot log a ${what}: its name is empty`)
  if (name.length > longestName)
    throw fail(
      'badValue',
      `Cannot log ${what} '${name.slice(0, 20)}…': its name has ${name.length} characters, and ${longestName} are the most`,
    )
}

/**
 * Holds a value to what can be stored: a finite number, true or false, or text of at most 6,000 characters.
 * @throws {Failure} `tracking/badValue`
 */
export function holdValue(what: string, name: string, value: Scalar): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw fail('badValue', `Cannot log ${what} '${name}': ${value} is not finite`, { details: { name } })
  if (typeof value === 'string' && value.length > longestText)
    throw fail(
      'badValue',
      `Cannot log ${what} '${name}': it has ${value.length} characters, and ${longestText} are the most`,
      {
        details: { name },
        remedy: 'Log long text as an artifact',
      },
    )
}

/** As in MLflow, whose clients will speak to the same store. */
const longestName = 250
const longestText = 6000
