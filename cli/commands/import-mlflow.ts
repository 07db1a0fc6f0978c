import { readFile } from 'node:fs/promises'
import { messageOf } from '#platform'
import type { CommandDefinition } from '../command.ts'
import { connect } from '../connect.ts'
import { mlflowClient } from '../mlflow/mlflow-client.ts'
import { mlflowModels } from '../mlflow/mlflow-models.ts'
import type { MlflowExperiment } from '../mlflow/mlflow-records.ts'
import { mlflowExperiments, mlflowSource } from '../mlflow/mlflow-source.ts'
import { say, sayJson } from '../print.ts'
import { runStages } from '../progress.ts'
import { bringIn } from '../transfer/bring-in.ts'
import { bringModels } from '../transfer/bring-models.ts'
import { noPlaces } from '../transfer/places.ts'
import { emptyReport, reportText } from '../transfer/report.ts'
import { endsAll } from '../transfer/store-target.ts'
import { usageFailure } from '../usage-failure.ts'

export const importMlflow: CommandDefinition = {
  usage: 'import-mlflow <uri>',
  about: 'Bring experiments of an MLflow server in, over its own API; again to go on with what was interrupted',
  example: 'millrace import-mlflow http://127.0.0.1:5000 --experiment churn --registry',
  options: [
    ['--experiment <name...>', 'only these experiments, by name; all where absent'],
    ['--registry', 'registered models with their versions, aliases and tags too'],
    ['--token-file <path>', 'a file with the token that the server asks for'],
  ],
  run: async ({ words, options, json, store }) => {
    const [uri = ''] = words
    const tokenFile = options['tokenFile'] as string | undefined
    const client = mlflowClient({ url: uri, token: tokenFile === undefined ? undefined : await readToken(tokenFile) })
    const wanted = options['experiment'] as unknown as readonly string[] | undefined
    const experiments = chosen(await mlflowExperiments(client), wanted, uri)
    await using connection = await connect(store, { listens: true })
    const report = emptyReport()
    const places = noPlaces()
    const target = { connection, places, report }
    const stages = experiments.map((experiment) => ({
      title: `Import ${experiment.name}`,
      run: async (_: unknown, tell: (text: string) => void) => {
        try {
          await bringIn({ ...target, tell }, mlflowSource(client, experiment))
        } catch (error) {
          if (endsAll(error)) throw error
          report.failures.push({ what: `experiment '${experiment.name}'`, why: messageOf(error) })
        }
      },
    }))
    const registry = {
      title: 'Import registered models',
      run: (_: unknown, tell: (text: string) => void) => bringModels({ ...target, tell }, mlflowModels(client)),
    }
    await runStages([...stages, ...(options['registry'] === true ? [registry] : [])], {}, { quiet: json })
    if (json) sayJson(report)
    else say(`${reportText(report)}\n\nNext: millrace runs experiments`)
    return report.failures.length === 0 ? 0 : 1
  },
}

/** @throws {Failure} `cli/nothingFound` where the server lacks one that was named */
function chosen(
  experiments: readonly MlflowExperiment[],
  wanted: readonly string[] | undefined,
  uri: string,
): readonly MlflowExperiment[] {
  if (wanted === undefined) return experiments
  return wanted.map((name) => {
    const named = experiments.filter((one) => one.name === name)
    const found = named.find(({ given }) => given.state === 'active') ?? named[0]
    if (found) return found
    const names = experiments.slice(0, 10).map((one) => `'${one.name}'`)
    throw usageFailure('nothingFound', `Cannot import '${name}': the server at ${uri} has no experiment of this name`, {
      remedy: `It has ${names.join(', ')}${experiments.length > 10 ? ' and more' : ''}`,
    })
  })
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw usageFailure('unreadableFile', `Cannot read '${file}': ${messageOf(error)}`, { cause: error })
  })
  return text.trim()
}
