import { isDuration, longestDuration, type Duration } from '#platform'
import type { CommandCall } from './command.ts'
import { optionText, wrongOption } from './option-text.ts'

/**
 * The span of time that an option was given; undefined where it was left out.
 * @throws {InvalidArgumentError} for anything else, which the command line answers as wrong usage
 */
export function durationOption(options: CommandCall['options'], name: string): Duration | undefined {
  const given = optionText(options, name)
  if (given === undefined || isDuration(given)) return given
  throw wrongOption(name, given, `a number and a unit, such as 30d, and ${longestDuration} at most`)
}
