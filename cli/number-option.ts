import { InvalidArgumentError } from 'commander'
import type { CommandCall } from './command.ts'

/**
 * The whole number that an option was given; undefined where it was left out.
 * @throws {InvalidArgumentError} for anything else, which the command line answers as wrong usage
 */
export function numberOption(
  options: CommandCall['options'],
  name: string,
  { max = Number.MAX_SAFE_INTEGER }: { readonly max?: number } = {},
): number | undefined {
  const given = options[name]
  if (given === undefined) return undefined
  const value = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : Number.NaN
  if (value <= max) return value
  throw new InvalidArgumentError(
    `error: option '--${name}' is '${String(given)}'; expected a whole number${max < Number.MAX_SAFE_INTEGER ? ` from 0 to ${max}` : ''}`,
  )
}
