import { InvalidArgumentError } from 'commander'
import type { CommandCall } from './command.ts'

/** What an option was given as it stands on the command line; undefined where it was left out. */
export function optionText(options: CommandCall['options'], name: string): string | undefined {
  const given = options[name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())]
  return given === undefined ? undefined : String(given)
}

/** Makes the error of an option that was given what it does not take: the command line answers it as wrong usage. */
export const wrongOption = (name: string, given: string, expected: string): InvalidArgumentError =>
  new InvalidArgumentError(`error: option '--${name}' is '${given}'; expected ${expected}`)
