import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { readConfig } from '#platform'
import { commands } from './commands.ts'
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
  for (const definition of commands) {
    const command = program
      .command(definition.usage)
      .description(definition.about)
      .option('--store <folder>', 'folder of the store', folder)
      .option('--json', 'print JSON, for programs')
      .addHelpText('after', `\nExample:\n  ${definition.example}`)
      .exitOverride()
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
