import type { CommandCall } from './command.ts'
import { optionText, wrongOption } from './option-text.ts'

/**
 * The one of some words that an option was given; undefined where it was left out.
 * @throws {InvalidArgumentError} for any other, which the command line answers as wrong usage
 */
export function choiceOption<Choice extends string>(
  options: CommandCall['options'],
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const given = optionText(options, name)
  return given === undefined ? undefined : choiceOf(choices, name, given)
}

/** Those of some words that an option was given between commas; undefined where it was left out. */
export const choicesOption = <Choice extends string>(
  options: CommandCall['options'],
  name: string,
  choices: readonly Choice[],
): readonly Choice[] | undefined =>
  optionText(options, name)
    ?.split(',')
    .map((one) => choiceOf(choices, name, one.trim()))

function choiceOf<Choice extends string>(choices: readonly Choice[], name: string, given: string): Choice {
  const found = choices.find((choice) => choice === given)
  if (found !== undefined) return found
  throw wrongOption(name, given, `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`)
}
