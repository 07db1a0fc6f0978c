import { seededRandom, type Workspace } from '#platform'
import type { LoggedModelStatus } from '../schema.ts'
import { holdFewTerms } from '../search/parse-filter.ts'
import { searchLoggedModels } from '../search/search-logged-models.ts'
import {
  deleteModelTag,
  insertLoggedModel,
  insertModelParams,
  loggedModelById,
  modelPairs,
  putModelTags,
  updateLoggedModel,
  type Named,
} from '../store/logged-models.ts'
import { open, together, type LoggedModelRow, type Tracking } from '../store/tables.ts'
import { wireList, type Call, type Endpoint } from './endpoint.ts'
import { activeExperiment, experimentNumbers } from './held-experiment.ts'
import { holdLength } from './hold-names.ts'
import { hexId } from './hex-id.ts'
import type { Message } from './message.ts'
import { absent, invalid, missing, wrongKind } from './mlflow-failure.ts'
import { boundPageToken, readBoundPageToken } from './page-token.ts'
import { runName } from './run-names.ts'
import { loggedModelStatusNames, wireLoggedModels } from './wire-logged-model.ts'

/** The addresses of logged models: what MLflow 3 keeps of a model apart from the run that made it. */
export const loggedModelEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: 'logged-models',
    permission: 'run:write',
    answer: async ({ workspace, project, message }) => {
      const experimentId = message.requiredText('experiment_id')
      const name = message.text('name') || undefined
      if (name !== undefined) holdModelName(name)
      const [modelType, sourceRun] = [message.text('model_type') ?? '', message.text('source_run_id') ?? '']
      holdLength('model_type', modelType, longestName)
      holdLength('source_run_id', sourceRun, longestKey)
      const params = message.messages('params').map(readPair)
      const tags = message.messages('tags').map(readPair)
      const id = modelId(workspace)
      const atMs = workspace.clock.now()
      const made = await together(workspace.database, async (tables) => {
        const experiment = await activeExperiment(tables, { project, id: experimentId })
        const row: Omit<LoggedModelRow, 'number'> = {
          id,
          experiment: experiment.number,
          name: name ?? runName(seededRandom(id)),
          artifact_location: `${experiment.artifact_location}/models/${id}/artifacts`,
          status: 'pending',
          state: 'active',
          model_type: modelType,
          source_run: sourceRun,
          created_at_ms: atMs,
          updated_at_ms: atMs,
        }
        const number = await insertLoggedModel(tables, row)
        await addParams(tables, { number, id }, params)
        await putModelTags(tables, number, tags)
        return { number, ...row }
      })
      return wireOne(workspace, made)
    },
  },
  {
    method: 'GET',
    path: 'logged-models/:model_id',
    permission: 'run:read',
    answer: async ({ workspace, project, message, words }) => {
      const allowsDeleted = message.boolean('allow_deleted') ?? false
      return wireOne(
        workspace,
        await heldModel(open(workspace.database), { project, id: words['model_id'] }, { allowsDeleted }),
      )
    },
  },
  {
    method: 'PATCH',
    path: 'logged-models/:model_id',
    permission: 'run:write',
    answer: async ({ workspace, project, message, words }) => {
      const name = message.choice('status', Object.values(loggedModelStatusNames))
      if (name === undefined) throw missing('status')
      const change = { status: statusOf(name), updated_at_ms: workspace.clock.now() }
      const changed = await together(workspace.database, async (tables) => {
        const held = await heldModel(tables, { project, id: words['model_id'] })
        await updateLoggedModel(tables, held.number, change)
        return { ...held, ...change }
      })
      return wireOne(workspace, changed)
    },
  },
  {
    method: 'DELETE',
    path: 'logged-models/:model_id',
    permission: 'run:write',
    answer: async ({ workspace, project, words }) => {
      await together(workspace.database, async (tables) => {
        // A client whose answer was lost deletes it once more.
        const asked = { project, id: words['model_id'] }
        const { number, state } = await heldModel(tables, asked, { allowsDeleted: true })
        const atMs = workspace.clock.now()
        if (state === 'active')
          await updateLoggedModel(tables, number, { state: 'deleted', updated_at_ms: atMs, deleted_at_ms: atMs })
      })
      return {}
    },
  },
  { method: 'POST', path: 'logged-models/search', permission: 'run:read', answer: search },
  {
    method: 'PATCH',
    path: 'logged-models/:model_id/tags',
    permission: 'run:write',
    answer: async ({ workspace, project, message, words }) => {
      const tags = message.messages('tags').map(readPair)
      await together(workspace.database, async (tables) => {
        const { number } = await heldModel(tables, { project, id: words['model_id'] })
        await putModelTags(tables, number, tags)
      })
      return {}
    },
  },
  {
    method: 'DELETE',
    // Keys hold slashes, which clients leave as they are.
    path: 'logged-models/:model_id/tags/:tag_key*',
    permission: 'run:write',
    answer: async ({ workspace, project, words }) => {
      const { model_id: id, tag_key: key = '' } = words
      await together(workspace.database, async (tables) => {
        const { number } = await heldModel(tables, { project, id })
        if (!(await deleteModelTag(tables, number, key)))
          throw absent(`No tag with key '${key}' found for model with ID '${id}'.`)
      })
      return {}
    },
  },
  {
    method: 'POST',
    path: 'logged-models/:model_id/params',
    permission: 'run:write',
    answer: async ({ workspace, project, message, words }) => {
      const params = message.messages('params').map(readPair)
      await together(workspace.database, async (tables) =>
        addParams(tables, await heldModel(tables, { project, id: words['model_id'] }), params),
      )
      return {}
    },
  },
]

async function search({ workspace, project, message }: Call): Promise<object> {
  const experiments = message.texts('experiment_ids')
  if (experiments.length === 0) throw missing('experiment_ids')
  // Absent or 0 is what the protocol gives without being asked.
  const limit = message.integer('max_results') || defaultPage
  if (limit < 1 || limit > largestPage) throw wrongKind('max_results', limit)
  const filter = message.text('filter') ?? ''
  const datasets = message.messages('datasets').map((dataset) => ({
    name: dataset.text('dataset_name') ?? '',
    digest: dataset.text('dataset_digest') || undefined,
  }))
  if (datasets.some(({ name }) => name === ''))
    throw invalid('`dataset_name` in the `datasets` clause must be specified.')
  const order = message.messages('order_by')
  holdFewTerms(order)
  const orderBy = order.map((term) => ({
    field: term.requiredText('field_name'),
    ascending: term.boolean('ascending') ?? true,
    dataset: {
      name: term.text('dataset_name') || undefined,
      digest: term.text('dataset_digest') || undefined,
    },
  }))
  const asked = { experiments, filter, datasets, orderBy }
  const offset = readBoundPageToken(message.text('page_token'), asked)
  const tables = open(workspace.database)
  const found = await searchLoggedModels(tables, {
    ...asked,
    experiments: await experimentNumbers(tables, { project, ids: experiments }),
    offset,
    limit: limit + 1,
  })
  return {
    models: wireList(await wireLoggedModels(tables, found.slice(0, limit), { newest: true })),
    next_page_token: found.length > limit ? boundPageToken(offset + limit, asked) : undefined,
  }
}

async function wireOne(workspace: Workspace, row: LoggedModelRow): Promise<object> {
  const [model] = await wireLoggedModels(open(workspace.database), [row], { newest: false })
  return { model }
}

/** @throws {MlflowFailure} `RESOURCE_DOES_NOT_EXIST`, also where it was deleted, unless those count */
export async function heldModel(
  tables: Tracking,
  { project, id = '' }: { readonly project: string; readonly id: string | undefined },
  { allowsDeleted = false }: { readonly allowsDeleted?: boolean } = {},
): Promise<LoggedModelRow> {
  const model = await loggedModelById(tables, { project, id })
  if (!model || (model.state === 'deleted' && !allowsDeleted)) throw absent(`Logged model with ID '${id}' not found.`)
  return model
}

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` where the model has one of them with another value */
async function addParams(
  tables: Tracking,
  model: Pick<LoggedModelRow, 'number' | 'id'>,
  params: readonly Named[],
): Promise<void> {
  if (params.length === 0) return
  const held = new Map((await modelPairs(tables, 'params', [model.number])).map(({ name, value }) => [name, value]))
  for (const { name, value } of params) {
    const old = held.get(name)
    if (old !== undefined && old !== value)
      throw invalid(
        `Changing param values is not allowed. Param with key='${name}' was already logged with value='${old}' for model ID='${model.id}'. Attempted logging new value '${value}'.`,
      )
    held.set(name, value)
  }
  await insertModelParams(tables, model.number, params)
}

function readPair(message: Message): Named {
  const [name, value] = [message.requiredText('key'), message.text('value') ?? '']
  holdLength('key', name, longestKey)
  holdLength(name, value, longestValue)
  return { name, value }
}

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
function holdModelName(name: string): void {
  if (/[/:.%"']/.test(name))
    throw invalid(
      `Invalid model name ('${name}') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    )
  holdLength('name', name, longestName)
}

const modelId = ({ ids }: Workspace): string => `m-${hexId(ids, 'model')}`

const statusOf = (name: string): LoggedModelStatus =>
  (Object.keys(loggedModelStatusNames) as LoggedModelStatus[]).find(
    (status) => loggedModelStatusNames[status] === name,
  ) as LoggedModelStatus

const defaultPage = 50
const largestPage = 50_000
const longestName = 500
const longestKey = 250
const longestValue = 100_000
