import { defaultProject } from '#governance'
import { artifactPath } from '../artifacts/artifact-path.ts'
import { pathOfUri } from '../artifacts/project-path.ts'
import {
  deleteExperimentTag,
  experimentByName,
  experimentTags,
  insertExperiment,
  setExperimentTag,
  updateExperiment,
} from '../store/experiments.ts'
import { setModelStates } from '../store/logged-models.ts'
import { setRunStates } from '../store/runs.ts'
import { searchExperiments } from '../store/search-experiments.ts'
import { open, together, type ExperimentRow, type Tracking } from '../store/tables.ts'
import { wireList, type Endpoint } from './endpoint.ts'
import { holdExperimentName, holdLength } from './hold-names.ts'
import { activeExperiment, heldExperiment } from './held-experiment.ts'
import type { Message } from './message.ts'
import { absent, exists, invalid, missing } from './mlflow-failure.ts'
import { pageToken, readPageToken } from './page-token.ts'
import { viewOf } from './view-type.ts'

/** The addresses of experiments. */
export const experimentEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: 'experiments/create',
    permission: 'run:write',
    answer: async ({ workspace, project, message }) => {
      const name = message.requiredText('name')
      holdExperimentName(name)
      const artifactLocation = message.text('artifact_location') || undefined
      if (artifactLocation !== undefined && /[#?]/.test(artifactLocation))
        throw invalid("'artifact_location' URL can't include fragments or params.")
      holdLocation(artifactLocation, project)
      const tags = message.messages('tags').map(tagOf)
      const number = await together(workspace.database, async (tables) => {
        if ((await experimentByName(tables, { project, name }))?.state === 'active')
          throw exists(`Experiment(name=${name}) already exists.`)
        const made = await insertExperiment(tables, { name, project, atMs: workspace.clock.now(), artifactLocation })
        for (const tag of tags) await setExperimentTag(tables, { experiment: made, ...tag })
        return made
      })
      return { experiment_id: String(number) }
    },
  },
  {
    method: 'GET',
    path: 'experiments/get',
    permission: 'run:read',
    answer: async ({ workspace, project, message }) => {
      const tables = open(workspace.database)
      return {
        experiment: await wireOne(
          tables,
          await heldExperiment(tables, { project, id: message.requiredText('experiment_id') }),
        ),
      }
    },
  },
  {
    method: 'GET',
    path: 'experiments/get-by-name',
    permission: 'run:read',
    answer: async ({ workspace, project, message }) => {
      const name = message.requiredText('experiment_name')
      const tables = open(workspace.database)
      const found = await experimentByName(tables, { project, name })
      if (!found) throw absent(`Could not find experiment with name '${name}'`)
      return { experiment: await wireOne(tables, found) }
    },
  },
  ...(['POST', 'GET'] as const).map((method): Endpoint => ({
    method,
    path: 'experiments/search',
    permission: 'run:read',
    answer: async ({ workspace, project, message }) => {
      const limit = message.integer('max_results') ?? (method === 'GET' ? defaultPage : 0)
      if (limit < 1)
        throw invalid(`Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer`)
      if (limit > largestPage)
        throw invalid(`Invalid value ${limit} for parameter 'max_results' supplied. It must be at most ${largestPage}`)
      const offset = readPageToken(message.text('page_token'))
      const tables = open(workspace.database)
      const found = await searchExperiments(tables, {
        project,
        states: viewOf(message),
        filter: message.text('filter') ?? '',
        orderBy: message.texts('order_by'),
        offset,
        limit: limit + 1,
      })
      const page = found.slice(0, limit)
      return {
        experiments: wireList(await wireExperiments(tables, page)),
        next_page_token: found.length > limit ? pageToken(offset + limit) : undefined,
      }
    },
  })),
  ...(['delete', 'restore'] as const).map((what): Endpoint => ({
    method: 'POST',
    path: `experiments/${what}`,
    permission: 'run:write',
    answer: async ({ workspace, project, message }) => {
      const id = message.requiredText('experiment_id')
      const [from, to] = what === 'delete' ? (['active', 'deleted'] as const) : (['deleted', 'active'] as const)
      await together(workspace.database, async (tables) => {
        const held = await heldExperiment(tables, { project, id })
        holdForeign(held, what)
        if (held.state !== from) throw absent(`No ${from} Experiment with id=${id} exists`)
        if (to === 'active' && (await experimentByName(tables, { project, name: held.name }))?.state === 'active')
          throw exists(`Experiment(name=${held.name}) already exists.`)
        const atMs = workspace.clock.now()
        const deletedMs = to === 'deleted' ? atMs : null
        await updateExperiment(tables, held.number, { state: to, updated_at_ms: atMs, deleted_at_ms: deletedMs })
        await setRunStates(tables, held.number, { state: to, atMs })
        await setModelStates(tables, held.number, { state: to, atMs: deletedMs ?? held.deleted_at_ms ?? null })
      })
      return {}
    },
  })),
  {
    method: 'POST',
    path: 'experiments/update',
    permission: 'run:write',
    answer: async ({ workspace, project, message }) => {
      const id = message.requiredText('experiment_id')
      const name = message.text('new_name')
      if (name === undefined) return {}
      holdExperimentName(name)
      await together(workspace.database, async (tables) => {
        const held = await activeExperiment(tables, { project, id })
        const named = await experimentByName(tables, { project, name })
        if (named?.state === 'active' && named.number !== held.number)
          throw exists(`Experiment(name=${name}) already exists.`)
        holdForeign(held, 'rename')
        await updateExperiment(tables, held.number, { name, updated_at_ms: workspace.clock.now() })
      })
      return {}
    },
  },
  {
    method: 'POST',
    path: 'experiments/set-experiment-tag',
    permission: 'run:write',
    answer: async ({ workspace, project, message }) => {
      const id = message.requiredText('experiment_id')
      const tag = tagOf(message)
      await together(workspace.database, async (tables) => {
        const { number } = await activeExperiment(tables, { project, id })
        await setExperimentTag(tables, { experiment: number, ...tag })
      })
      return {}
    },
  },
  {
    method: 'POST',
    path: 'experiments/delete-experiment-tag',
    permission: 'run:write',
    answer: async ({ workspace, project, message }) => {
      const id = message.requiredText('experiment_id')
      const key = message.requiredText('key')
      await together(workspace.database, async (tables) => {
        const { number } = await activeExperiment(tables, { project, id })
        if (!(await deleteExperimentTag(tables, number, key)))
          throw absent(`No tag with name: ${key} in experiment with id ${id}`)
      })
      return {}
    },
  },
]

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` where an experiment holds the runs of a system */
function holdForeign({ name, system }: ExperimentRow, what: string): void {
  if (system !== null)
    throw invalid(`Cannot ${what} the experiment '${name}': it holds the runs of the system of that name`)
}

/**
 * Places in this store other than the usual one are known to the default project alone.
 * @throws {MlflowFailure} `INVALID_PARAMETER_VALUE`
 */
function holdLocation(location: string | undefined, project: string): void {
  holdLength('artifact_location', location ?? '', longestLocation)
  const folder = pathOfUri(location ?? '')?.replace(/\/$/, '')
  if (folder !== undefined && folder !== '' && artifactPath(folder) === undefined)
    throw invalid(`Invalid artifact_location '${location}': it is no path in the store of artifacts`)
  if (project !== defaultProject && /^mlflow-artifacts:/i.test(location ?? ''))
    throw invalid(
      `Cannot keep artifacts at '${location}' in the project '${project}': leave 'artifact_location' away, or name a place outside this store`,
    )
}

function tagOf(message: Message): { readonly name: string; readonly value: string } {
  const [name, value] = [message.requiredText('key'), message.text('value')]
  if (value === undefined) throw missing('value')
  holdLength('experiment tag name', name, longestTagKey)
  holdLength('experiment tag', value, longestTagValue)
  return { name, value }
}

const wireOne = async (tables: Tracking, row: ExperimentRow) => (await wireExperiments(tables, [row]))[0]

async function wireExperiments(tables: Tracking, rows: readonly ExperimentRow[]) {
  const tags = Map.groupBy(
    await experimentTags(
      tables,
      rows.map(({ number }) => number),
    ),
    ({ experiment }) => experiment,
  )
  return rows.map((row) => ({
    experiment_id: String(row.number),
    name: row.name,
    artifact_location: row.artifact_location,
    lifecycle_stage: row.state,
    last_update_time: row.updated_at_ms,
    creation_time: row.created_at_ms,
    tags: tags.get(row.number)?.map(({ name, value }) => ({ key: name, value })),
  }))
}

const defaultPage = 1000
const largestPage = 50_000
const longestLocation = 4000
const longestTagKey = 250
const longestTagValue = 5000
