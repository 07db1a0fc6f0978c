import { createHash } from 'node:crypto'
import type { ExperimentSource, LoggedModelParts, MetricHistory, RunParts } from '../transfer/parts.ts'
import { filesOf, loggedModelFiles, runFiles, whyFilesStay } from './mlflow-files.ts'
import { listOf, pages, textOf, type Fields, type MlflowClient } from './mlflow-client.ts'
import { experimentOf, loggedModelOf, metricNames, pointOf, runOf, type MlflowExperiment } from './mlflow-records.ts'

/** Experiments of an MLflow server, deleted ones too, the oldest first. */
export async function mlflowExperiments(client: MlflowClient): Promise<readonly MlflowExperiment[]> {
  const found: MlflowExperiment[] = []
  const read = (page_token: string | undefined) =>
    client.post('experiments/search', { view_type: 'ALL', max_results: 1000, page_token })
  for await (const fields of pages(read, 'experiments')) found.push(experimentOf(fields))
  return found.reverse()
}

/** An experiment of an MLflow server, read as it is asked for. */
export function mlflowSource(client: MlflowClient, experiment: MlflowExperiment): ExperimentSource {
  const { id, given, artifactLocation } = experiment
  const parents = new Map<string, boolean>()
  return {
    experiment: given,
    artifactLocation,
    holdsRun: async (run) => {
      const known = parents.get(run)
      if (known !== undefined) return known
      const found = await client.get('runs/get', { run_id: run })
      const info = (found?.['run'] as { info?: Fields } | undefined)?.info
      const isHere = info?.['experiment_id'] === id
      parents.set(run, isHere)
      return isHere
    },
    runs: async function* () {
      const read = (page_token: string | undefined) =>
        client.post('runs/search', {
          experiment_ids: [id],
          run_view_type: 'ALL',
          max_results: 200,
          order_by: ['attributes.start_time ASC'],
          page_token,
        })
      for await (const fields of pages(read, 'runs')) yield runParts(client, fields)
    },
    loggedModels: async function* () {
      const read = (page_token: string | undefined) =>
        client.post('logged-models/search', { experiment_ids: [id], max_results: 50, page_token })
      for await (const fields of pages(read, 'models')) yield await loggedModelParts(client, fields)
    },
  }
}

function runParts(client: MlflowClient, fields: Fields): RunParts {
  const run = runOf(fields)
  const files = runFiles(client, run.id, textOf((fields['info'] as Fields)['artifact_uri']))
  return {
    run,
    print: createHash('sha256').update(JSON.stringify(fields)).digest('hex'),
    histories: async function* () {
      let chunk: MetricHistory[] = []
      let points = 0
      for (const name of metricNames(fields))
        for await (const page of historyPages(client, run.id, name)) {
          chunk.push({ name, points: page.map(pointOf) })
          points += page.length
          if (points < pointsAtOnce) continue
          yield chunk
          chunk = []
          points = 0
        }
      if (chunk.length > 0) yield chunk
    },
    files: () => filesOf(client, files),
    filesStay: whyFilesStay(files),
  }
}

async function* historyPages(client: MlflowClient, run: string, metric: string): AsyncGenerator<readonly Fields[]> {
  let page_token: string | undefined
  do {
    const page: Fields | undefined = await client.get('metrics/get-history', {
      run_id: run,
      run_uuid: run,
      metric_key: metric,
      max_results: String(pointsAtOnce),
      ...(page_token !== undefined && { page_token }),
    })
    const metrics = listOf(page, 'metrics')
    // Servers of old give all at once, however many are asked for.
    for (let from = 0; from < metrics.length; from += pointsAtOnce) yield metrics.slice(from, from + pointsAtOnce)
    const next = page?.['next_page_token']
    page_token = typeof next === 'string' && next !== '' && next !== page_token ? next : undefined
  } while (page_token !== undefined)
}

async function loggedModelParts(client: MlflowClient, found: Fields): Promise<LoggedModelParts> {
  const { id } = loggedModelOf(found)
  // A search shows the newest values of metrics alone.
  const whole = (await client.get(`logged-models/${encodeURIComponent(id)}`))?.['model'] as Fields | undefined
  const fields = whole ?? found
  const files = loggedModelFiles(client, id, textOf((fields['info'] as Fields)['artifact_uri']))
  return { model: loggedModelOf(fields), files: () => filesOf(client, files), filesStay: whyFilesStay(files) }
}

const pointsAtOnce = 5000
