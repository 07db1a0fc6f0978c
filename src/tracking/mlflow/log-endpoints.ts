import { inQuickTransaction } from '#platform'
import { listIn } from '../list-in.ts'
import { ensureDataset, putInput, putModelLink } from '../store/inputs.ts'
import { addModelMetrics, loggedModelById, type ModelMeasured } from '../store/logged-models.ts'
import { addMetrics } from '../store/metrics.ts'
import { insertParams, paramsOf, putTags, tagsOf, updateRun } from '../store/runs.ts'
import { open, together, type RunRow, type Tracking } from '../store/tables.ts'
import type { Endpoint } from './endpoint.ts'
import { activeRun, foreignRun, runIdOf } from './held-run.ts'
import { cut, holdKey, holdLength, longestParam } from './hold-names.ts'
import type { Message } from './message.ts'
import { absent, invalid, missing } from './mlflow-failure.ts'
import { nameTag, readTag } from './run-endpoints.ts'

/** The addresses by which runs are given what they log. */
export const logEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: 'runs/log-metric',
    permission: 'run:write',
    answer: async ({ workspace, project, message, pen }) => {
      const id = runIdOf(message)
      const point = readMetric(message)
      await inQuickTransaction(open(workspace.database), async (tables) => {
        await addPoints(tables, { project, run: await foreignRun(tables, { project, id, pen }) }, [point])
      })
      return {}
    },
  },
  {
    method: 'POST',
    path: 'runs/log-parameter',
    permission: 'run:write',
    answer: async ({ workspace, project, message, pen }) => {
      const id = runIdOf(message)
      const param = readParam(message)
      await inQuickTransaction(open(workspace.database), async (tables) => {
        const run = await foreignRun(tables, { project, id, pen })
        const [changed] = await addParams(tables, run, [param])
        if (changed)
          throw invalid(
            `Changing param values is not allowed. Param with key='${changed.name}' was already logged with value='${changed.old}' for run ID='${id}'. Attempted logging new value '${changed.value}'.`,
          )
      })
      return {}
    },
  },
  {
    method: 'POST',
    path: 'runs/log-batch',
    permission: 'run:write',
    answer: async ({ workspace, project, message, bodyBytes, pen }) => {
      if (bodyBytes > largestBatchBytes)
        throw invalid(
          `Batched logging API requests must be at most ${largestBatchBytes} bytes, got a request of size ${bodyBytes}.`,
        )
      const id = runIdOf(message)
      const batch = readBatch(message)
      await inQuickTransaction(open(workspace.database), async (tables) => {
        const run = await foreignRun(tables, { project, id, pen })
        const changed = await addParams(tables, run, batch.params)
        if (changed.length > 0) {
          const list = changed
            .map(({ name, old, value }) => `{'key': '${name}', 'old_value': '${old}', 'new_value': '${value}'}`)
            .join(', ')
          throw invalid(
            `Changing param values is not allowed. Params were already logged='[${list}]' for run ID='${id}'.`,
          )
        }
        await addPoints(tables, { project, run }, batch.metrics)
        await putTags(
          tables,
          Array.from(batch.tags, ([name, value]) => ({ run: run.number, name, value })),
        )
        const name = batch.tags.get(nameTag)
        if (name !== undefined) await updateRun(tables, run.number, { name })
      })
      return {}
    },
  },
  {
    method: 'POST',
    path: 'runs/log-inputs',
    permission: 'run:write',
    answer: async ({ workspace, project, message }) => {
      const id = runIdOf(message)
      const inputs = message.messages('datasets').map(readInput)
      const models = message.messages('models').map((model) => model.requiredText('model_id'))
      await together(workspace.database, async (tables) => {
        const run = await activeRun(tables, { project, id })
        for (const { dataset, context, tags } of inputs) {
          const number = await ensureDataset(tables, { experiment: run.experiment, ...dataset })
          const { name, digest } = dataset
          await putInput(tables, { run: run.number, dataset: number, name, digest, context, tags })
        }
        for (const model_id of models)
          await putModelLink(tables, { run: run.number, direction: 'input', model_id, step: 0 })
      })
      return {}
    },
  },
  {
    method: 'POST',
    path: 'runs/outputs',
    permission: 'run:write',
    answer: async ({ workspace, project, message }) => {
      const id = runIdOf(message)
      const models = message
        .messages('models')
        .map((model) => ({ model_id: model.requiredText('model_id'), step: model.integer('step') ?? 0 }))
      await together(workspace.database, async (tables) => {
        const run = await activeRun(tables, { project, id })
        for (const model of models) await putModelLink(tables, { run: run.number, direction: 'output', ...model })
      })
      return {}
    },
  },
  {
    method: 'POST',
    path: 'runs/log-model',
    permission: 'run:write',
    answer: async ({ workspace, project, message }) => {
      const id = runIdOf(message)
      const model = readModel(message.requiredText('model_json'))
      await together(workspace.database, async (tables) => {
        const { number } = await activeRun(tables, { project, id })
        const history = (await tagsOf(tables, [number])).find(({ name }) => name === modelHistoryTag)?.value
        const value = JSON.stringify([...listIn(history), model])
        await putTags(tables, [{ run: number, name: modelHistoryTag, value }])
      })
      return {}
    },
  },
]

/**
 * Adds values of metrics to a run, and to the logged models that they are said to be of; a model that was deleted
 * meanwhile gets them too, so that its run loses none.
 * @throws {MlflowFailure} `RESOURCE_DOES_NOT_EXIST` where there never was such a model
 */
async function addPoints(
  tables: Tracking,
  { project, run }: { readonly project: string; readonly run: RunRow },
  points: readonly ModelMeasured[],
): Promise<void> {
  await addMetrics(tables, run, points)
  const ofModels = points.filter(({ modelId }) => modelId !== '')
  if (ofModels.length === 0) return
  const models = new Map<string, number>()
  for (const id of new Set(ofModels.map(({ modelId }) => modelId))) {
    const model = await loggedModelById(tables, { project, id })
    if (!model) throw absent(`Logged model with ID '${id}' not found.`)
    models.set(id, model.number)
  }
  await addModelMetrics(
    tables,
    run,
    ofModels.map((point) => ({ ...point, model: models.get(point.modelId) as number })),
  )
}

interface Param {
  readonly name: string
  readonly value: string
}

/** @returns those that the run has with another value: then nothing was added */
async function addParams(
  tables: Tracking,
  run: RunRow,
  params: readonly Param[],
): Promise<readonly (Param & { readonly old: string })[]> {
  if (params.length === 0) return []
  const held = new Map((await paramsOf(tables, [run.number])).map(({ name, value }) => [name, value]))
  const changed = params.flatMap((param) => {
    const old = held.get(param.name)
    return old === undefined || old === param.value ? [] : [{ ...param, old }]
  })
  if (changed.length > 0) return changed
  const added = params.filter(({ name }) => !held.has(name))
  await insertParams(
    tables,
    added.map(({ name, value }) => ({ run: run.number, name, value, type: null })),
  )
  return []
}

function readMetric(message: Message): ModelMeasured {
  const name = message.requiredText('key')
  holdKey('metric', name)
  return {
    name,
    value: message.requiredNumber('value'),
    atMs: message.requiredInteger('timestamp'),
    step: message.integer('step') ?? 0,
    modelId: message.text('model_id') ?? '',
    datasetName: readText(message, 'dataset_name', 500),
    datasetDigest: readText(message, 'dataset_digest', 36),
  }
}

function readText(message: Message, name: string, longest: number): string {
  const text = message.text(name) ?? ''
  holdLength(name, text, longest)
  return text
}

function readParam(message: Message): Param {
  const name = message.requiredText('key')
  holdKey('param', name)
  return { name, value: cut(message.text('value') ?? '', longestParam) }
}

function readBatch(message: Message) {
  const [metrics, params, tags] = [message.messages('metrics'), message.messages('params'), message.messages('tags')]
  const total = metrics.length + params.length + tags.length
  for (const [what, count, most] of [
    ['metrics', metrics.length, 1000],
    ['params', params.length, 100],
    ['tags', tags.length, 100],
    ['metrics, params, and tags', total, 1000],
  ] as const)
    if (count > most)
      throw invalid(
        `A batch logging request can contain at most ${most} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
      )
  const read = params.map(readParam)
  const twice = read.filter(({ name }, place) => read.findIndex((other) => other.name === name) !== place)
  if (twice.length > 0)
    throw invalid(
      `Duplicate parameter keys have been submitted: [${[...new Set(twice.map(({ name }) => `'${name}'`))].join(', ')}]. Please ensure the request contains only one param value per param key.`,
    )
  return { metrics: metrics.map(readMetric), params: read, tags: new Map(tags.map(readTag)) }
}

function readInput(message: Message) {
  const dataset = message.message('dataset')
  if (!dataset) throw missing('datasets[0].dataset')
  const tags = message.messages('tags').map((tag) => ({ key: tag.requiredText('key'), value: tag.text('value') ?? '' }))
  const [name, digest] = [dataset.requiredText('name'), dataset.requiredText('digest')]
  holdLength('dataset name', name, 500)
  holdLength('dataset digest', digest, 36)
  const [source, schema, profile] = [dataset.requiredText('source'), dataset.text('schema'), dataset.text('profile')]
  holdLength('dataset source', source, 65_535)
  holdLength('dataset schema', schema ?? '', 1_048_575)
  holdLength('dataset profile', profile ?? '', 16_777_215)
  return {
    dataset: {
      name,
      digest,
      source_type: dataset.requiredText('source_type'),
      source,
      schema: schema ?? null,
      profile: profile ?? null,
    },
    context: tags.find(({ key }) => key === 'mlflow.data.context')?.value ?? null,
    tags: JSON.stringify(tags),
  }
}

function readModel(text: string): object {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    throw invalid(`Malformed model info. \n ${text.slice(0, 100)} \n is not valid JSON`)
  }
  const fields = read as Readonly<Record<string, unknown>> | null
  const lacking = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'].filter(
    (name) => fields?.[name] === undefined,
  )
  if (lacking.length > 0)
    throw invalid(`Model json is missing mandatory fields: {${lacking.map((name) => `'${name}'`).join(', ')}}`)
  return fields as object
}

const modelHistoryTag = 'mlflow.log-model.history'
const largestBatchBytes = 1_000_000
