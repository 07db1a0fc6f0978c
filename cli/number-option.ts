import type { CommandCall } from './command.ts'
import { optionText, wrongOption } from './option-text.ts'

/**
 * The whole number that an option was given; undefined where it was left out.
 * @throws {InvalidArgumentError} for anything else, which the command line answers as wrong usage
 */
export function numberOption(
  options: CommandCall['options'],
  name: string,
  { max = Number.MAX_SAFE_INTEGER }: { readonly max?: number } = {},
): number | undefined {
  const given = optionText(options, name)
  if (given === undefined) return undefined
  const value = /^\d+$/.test(given) ? Number(given) : Number.NaN
  if (value <= max) return value
  throw wrongOption(name, given, `a whole number${max < Number.MAX_SAFE_INTEGER ? ` from 0 to ${max}` : ''}`)
}
