import type { CommandDefinition } from './command.ts'

/**
 * The commands that a command line may mean, by its first word: those of that word, or all where none goes by it. Loading
 * every command takes longer than most of them do.
 */
export async function commandsFor(word: string | undefined): Promise<readonly CommandDefinition[]> {
  const asked = word === undefined ? undefined : commandsOf.get(word)
  if (asked) return asked()
  return (await Promise.all(Array.from(commandsOf.values(), (load) => load()))).flat()
}

/** Every command, by the first word that it goes by, in the order in which a newcomer meets them. */
export const commandsOf: ReadonlyMap<string, () => Promise<readonly CommandDefinition[]>> = new Map([
  ['init', async () => [(await import('./commands/init.ts')).init]],
  ['plan', async () => [(await import('./commands/plan.ts')).plan]],
  ['apply', async () => [(await import('./commands/apply.ts')).apply]],
  ['run', async () => [(await import('./commands/run.ts')).run]],
  ['up', async () => [(await import('./commands/up.ts')).up]],
  ['load', async () => [(await import('./commands/load.ts')).load]],
  ['predict', async () => [(await import('./commands/predict.ts')).predict]],
  ['client', async () => [(await import('./commands/client.ts')).client]],
  ['rehearse', async () => [(await import('./commands/rehearse.ts')).rehearse]],
  ['status', async () => [(await import('./commands/status.ts')).status]],
  [
    'runs',
    async () => [
      (await import('./commands/runs/experiments.ts')).experiments,
      (await import('./commands/runs/search.ts')).searchRuns,
      (await import('./commands/runs/show.ts')).showRun,
      (await import('./commands/runs/diff.ts')).diffRuns,
      (await import('./commands/runs/export.ts')).exportRuns,
      (await import('./commands/runs/import.ts')).importRuns,
    ],
  ],
  ['import-mlflow', async () => [(await import('./commands/import-mlflow.ts')).importMlflow]],
  [
    'models',
    async () => {
      const { searchModels, showModel } = await import('./commands/models/models.ts')
      return [searchModels, showModel]
    },
  ],
  [
    'versions',
    async () => {
      const { listVersions, showVersion } = await import('./commands/models/versions.ts')
      return [listVersions, showVersion]
    },
  ],
  [
    'aliases',
    async () => {
      const { listAliases, setAlias, deleteAlias } = await import('./commands/models/aliases.ts')
      return [listAliases, setAlias, deleteAlias]
    },
  ],
  ['collect', async () => [(await import('./commands/collect.ts')).collect]],
  ['tokens', async () => [(await import('./commands/tokens.ts')).tokens]],
  ['demo', async () => [(await import('./commands/demo.ts')).demo]],
])
