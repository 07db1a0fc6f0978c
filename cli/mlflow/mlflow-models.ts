import type { GivenModel } from '../transfer/parts.ts'
import { pages, textOf, type MlflowClient } from './mlflow-client.ts'
import { modelOf, versionOf } from './mlflow-records.ts'

/** Registered models of an MLflow server, prompts too, each with all its versions. */
export async function* mlflowModels(client: MlflowClient): AsyncGenerator<GivenModel> {
  const names = new Set<string>()
  for (const filter of [undefined, promptsFilter]) {
    const read = (token: string | undefined) =>
      client.get('registered-models/search', {
        max_results: '100',
        ...(filter !== undefined && { filter }),
        ...(token !== undefined && { page_token: token }),
      })
    for await (const fields of pages(read, 'registered_models')) {
      const model = modelOf(fields)
      if (names.has(model.name)) continue
      names.add(model.name)
      yield { ...model, versions: await versionsOf(client, model.name, filter) }
    }
  }
}

async function versionsOf(
  client: MlflowClient,
  name: string,
  filter: string | undefined,
): Promise<GivenModel['versions']> {
  const quote = name.includes("'") ? '"' : "'"
  const named = `name = ${quote}${name}${quote}`
  const versions: GivenModel['versions'] = []
  const read = (token: string | undefined) =>
    client.get('model-versions/search', {
      filter: filter === undefined ? named : `${named} and ${filter}`,
      max_results: '1000',
      ...(token !== undefined && { page_token: token }),
    })
  for await (const fields of pages(read, 'model_versions')) {
    const query = { name, version: textOf(fields['version']) }
    const location = await client.get('model-versions/get-download-uri', query)
    versions.push(versionOf(fields, textOf(location?.['artifact_uri'])))
  }
  return versions.sort((a, b) => a.version - b.version)
}

/** Searches leave prompts out where the filter does not ask for them. */
const promptsFilter = "tags.`mlflow.prompt.is_prompt` = 'true'"
