import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { readConfig } from '#platform'
import type { CommandDefinition } from './command.ts'
import { commandsFor } from './commands.ts'
import { printFailure } from './print.ts'

/**
 * Runs the command line and gives its exit code: 0 done, 1 an expected or unexpected error, 2 wrong usage.
 */
export async function main(argv: readonly string[]): Promise<number> {
  let folder: string
  try {
    folder = readConfig().MILLRACE_STORE
  } catch (error) {
    printFailure(error, { json: argv.includes('--json') })
    return 1
  }
  const program = new Command('millrace')
    .description('Runs a whole ML system from one typed file')
    .version(version(), '-V, --version')
    .showHelpAfterError('(run with --help for the options)')
    // What follows a command belongs to it: '--version' as well.
    .enablePositionalOptions()
    .exitOverride()
  let code = 0
  const groups = new Map<string, Command>()
  for (const definition of await commandsFor(argv[2])) {
    const command = parentOf(definition, { program, groups })
      .command(definition.usage)
      .description(definition.about)
      .option('--store <folder>', 'folder of the store', folder)
      .option('--json', 'print JSON, for programs')
      .addHelpText('after', `\nExample:\n  ${definition.example}`)
      .exitOverride()
    if (definition.alias !== undefined) command.alias(definition.alias)
    for (const [flags, about, fallback] of definition.options ?? []) command.option(flags, about, fallback)
    command.action(async (...parameters: unknown[]) => {
      const options = parameters.at(-2) as Record<string, unknown>
      try {
        code = await definition.run({
          words: parameters.slice(0, -2) as (string | undefined)[],
          options: options as never,
          json: options['json'] === true,
          store: options['store'] as string,
        })
      } catch (error) {
        if (error instanceof CommanderError) command.error(error.message, { exitCode: 2 })
        printFailure(error, { json: options['json'] === true })
        code = 1
      }
    })
  }
  try {
    await program.parseAsync([...argv])
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
  return code
}

/** What a command belongs to: the program, or the word that it shares with others. */
function parentOf(
  { group }: CommandDefinition,
  { program, groups }: { readonly program: Command; readonly groups: Map<string, Command> },
): Command {
  if (group === undefined) return program
  const made =
    groups.get(group) ??
    program
      .command(group)
      .description(groupAbouts[group] ?? '')
      .exitOverride()
  groups.set(group, made)
  return made
}

const groupAbouts: Readonly<Record<string, string>> = {
  runs: 'Find, show, compare, export and import runs',
  models: 'Find and show models: registered ones and those of systems',
  versions: 'List and show versions of models',
  aliases: 'List, set and delete the names that versions are reached by',
}

function version(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as { version: string }).version
    } catch {
      continue
    }
  }
  return '0.0.0'
}
