import type { GivenExperiment, GivenLoggedModel, GivenModel, GivenRun, MetricHistory } from '../transfer/parts.ts'
import { listOf, textOf, type Fields } from './mlflow-client.ts'

/** What is read of an experiment. */
export interface MlflowExperiment {
  readonly id: string
  readonly name: string
  readonly artifactLocation: string
  readonly given: GivenExperiment
}

export function experimentOf(fields: Fields): MlflowExperiment {
  const artifactLocation = textOf(fields['artifact_location'])
  const createdAtMs = integerOf(fields['creation_time'])
  return {
    id: textOf(fields['experiment_id']),
    name: textOf(fields['name']),
    artifactLocation,
    given: {
      name: textOf(fields['name']),
      state: stateOf(fields['lifecycle_stage']),
      createdAtMs,
      updatedAtMs: integerOf(fields['last_update_time'], createdAtMs),
      tags: pairsOf(listOf(fields, 'tags')),
      ...(isElsewhere(artifactLocation) && { artifactLocation }),
    },
  }
}

/** A run without its metrics. */
export function runOf(fields: Fields): GivenRun {
  const [info, data] = [messageOf(fields, 'info'), messageOf(fields, 'data')]
  const tags = pairsOf(listOf(data, 'tags'))
  const end = info['end_time']
  const models = (direction: 'input' | 'output'): GivenRun['models'] =>
    listOf(messageOf(fields, `${direction}s`), `model_${direction}s`).map((one) => ({
      id: textOf(one['model_id']),
      direction,
      step: integerOf(one['step']),
    }))
  return {
    id: textOf(info['run_id'] ?? info['run_uuid']),
    name: textOf(info['run_name']) || (tags.find(({ name }) => name === 'mlflow.runName')?.value ?? ''),
    user: textOf(info['user_id']),
    status: runStatuses[textOf(info['status'])] ?? 'finished',
    state: stateOf(info['lifecycle_stage']),
    startedAtMs: integerOf(info['start_time']),
    finishedAtMs: end === undefined || end === null ? null : integerOf(end),
    params: pairsOf(listOf(data, 'params')),
    tags,
    datasets: listOf(messageOf(fields, 'inputs'), 'dataset_inputs').map(datasetOf),
    models: [...models('input'), ...models('output')],
  }
}

/** Names of the metrics of a run. */
export const metricNames = (fields: Fields): readonly string[] =>
  [...new Set(listOf(messageOf(fields, 'data'), 'metrics').map((metric) => textOf(metric['key'])))].sort()

export const pointOf = (metric: Fields): MetricHistory['points'][number] => ({
  step: integerOf(metric['step']),
  atMs: integerOf(metric['timestamp']),
  value: numberOf(metric['value']),
})

function datasetOf(input: Fields): GivenRun['datasets'][number] {
  const dataset = messageOf(input, 'dataset')
  const tags = listOf(input, 'tags').map((tag) => ({ key: textOf(tag['key']), value: textOf(tag['value']) }))
  const optional = (name: string): string | null => (dataset[name] === undefined ? null : textOf(dataset[name]))
  return {
    name: textOf(dataset['name']),
    digest: textOf(dataset['digest']),
    sourceType: textOf(dataset['source_type']),
    source: textOf(dataset['source']),
    schema: optional('schema'),
    profile: optional('profile'),
    context: tags.find(({ key }) => key === 'mlflow.data.context')?.value ?? null,
    tags,
  }
}

export function loggedModelOf(fields: Fields): GivenLoggedModel {
  const [info, data] = [messageOf(fields, 'info'), messageOf(fields, 'data')]
  const createdAtMs = integerOf(info['creation_timestamp_ms'])
  return {
    id: textOf(info['model_id']),
    name: textOf(info['name']),
    status: loggedModelStatuses[textOf(info['status'])] ?? 'ready',
    state: 'active',
    modelType: textOf(info['model_type']),
    sourceRun: textOf(info['source_run_id']),
    createdAtMs,
    updatedAtMs: integerOf(info['last_updated_timestamp_ms'], createdAtMs),
    tags: pairsOf(listOf(info, 'tags')),
    params: pairsOf(listOf(data, 'params')),
    metrics: listOf(data, 'metrics').map((metric) => ({
      name: textOf(metric['key']),
      ...pointOf(metric),
      run: textOf(metric['run_id']),
      datasetName: textOf(metric['dataset_name']),
      datasetDigest: textOf(metric['dataset_digest']),
    })),
  }
}

/** A registered model, to which its versions are yet to be added. */
export function modelOf(fields: Fields): GivenModel {
  const createdAtMs = integerOf(fields['creation_timestamp'])
  return {
    name: textOf(fields['name']),
    description: textOf(fields['description']),
    createdAtMs,
    updatedAtMs: integerOf(fields['last_updated_timestamp'], createdAtMs),
    tags: pairsOf(listOf(fields, 'tags')),
    aliases: listOf(fields, 'aliases').map((one) => ({
      alias: textOf(one['alias']),
      version: integerOf(one['version']),
    })),
    versions: [],
  }
}

export function versionOf(fields: Fields, storageLocation: string): GivenModel['versions'][number] {
  const createdAtMs = integerOf(fields['creation_timestamp'])
  const source = textOf(fields['source'])
  return {
    version: integerOf(fields['version']),
    stage: stages.find((stage) => stage === fields['current_stage']) ?? 'None',
    description: textOf(fields['description']),
    source,
    storageLocation: storageLocation || source,
    run: textOf(fields['run_id']),
    runLink: textOf(fields['run_link']),
    loggedModel: textOf(fields['model_id']) || (/^models:\/(m-[^/@]+)$/.exec(source)?.[1] ?? ''),
    status: versionStatuses[textOf(fields['status'])] ?? 'ready',
    statusMessage: textOf(fields['status_message']),
    createdAtMs,
    updatedAtMs: integerOf(fields['last_updated_timestamp'], createdAtMs),
    tags: pairsOf(listOf(fields, 'tags')),
  }
}

/** Whether artifacts are in a store that the server does not pass on: clients read it themselves. */
export const isElsewhere = (artifactUri: string): boolean =>
  /^(?!mlflow-artifacts:|file:|[a-z]:[\\/])[a-z][a-z0-9+.-]+:\/\//i.test(artifactUri)

const messageOf = (fields: Fields, name: string): Fields => (fields[name] ?? {}) as Fields

/** Whole numbers stand as text in what protocol buffers write. */
function integerOf(value: unknown, otherwise = 0): number {
  const read = Math.round(Number(value ?? otherwise))
  return Number.isSafeInteger(read) ? read : otherwise
}

function numberOf(value: unknown): MetricHistory['points'][number]['value'] {
  const read = Number(value)
  return Number.isFinite(read) ? read : Number.isNaN(read) ? 'NaN' : read > 0 ? 'Infinity' : '-Infinity'
}

const stateOf = (value: unknown): 'active' | 'deleted' => (value === 'deleted' ? 'deleted' : 'active')

/** Names that nobody gave are left out: nothing can be stored by them. */
const pairsOf = (list: readonly Fields[]): { name: string; value: string }[] =>
  list.map(({ key, value }) => ({ name: textOf(key), value: textOf(value) })).filter(({ name }) => name !== '')

const runStatuses: Readonly<Record<string, GivenRun['status']>> = {
  RUNNING: 'running',
  SCHEDULED: 'scheduled',
  FINISHED: 'finished',
  FAILED: 'failed',
  KILLED: 'cancelled',
}
const loggedModelStatuses: Readonly<Record<string, GivenLoggedModel['status']>> = {
  LOGGED_MODEL_PENDING: 'pending',
  LOGGED_MODEL_READY: 'ready',
  LOGGED_MODEL_UPLOAD_FAILED: 'failed',
}
const versionStatuses: Readonly<Record<string, GivenModel['versions'][number]['status']>> = {
  PENDING_REGISTRATION: 'pending',
  READY: 'ready',
  FAILED_REGISTRATION: 'failed',
}
const stages = ['None', 'Staging', 'Production', 'Archived'] as const
