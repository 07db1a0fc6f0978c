import { seededRandom } from '#platform'
import { searchRuns } from '../search/search-runs.ts'
import type { RunStatus } from '../schema.ts'
import { experimentByNumber } from '../store/experiments.ts'
import { deleteTag, insertRun, putTags, updateRun } from '../store/runs.ts'
import { open, together, type RunRow } from '../store/tables.ts'
import { JsonText, type Endpoint } from './endpoint.ts'
import { experimentForRun, experimentNumbers } from './held-experiment.ts'
import { activeRun, foreignRun, heldRun, holdForeign, runIdOf } from './held-run.ts'
import { hexId } from './hex-id.ts'
import { cut, holdKey, holdLength, longestTag } from './hold-names.ts'
import type { Message } from './message.ts'
import { absent, invalid, wrongKind } from './mlflow-failure.ts'
import { pageToken, readPageToken } from './page-token.ts'
import { runName } from './run-names.ts'
import { viewOf } from './view-type.ts'
import { statusNames, wireRunInfo, wireRuns } from './wire-run.ts'

/** The addresses of runs, but for what is logged to them. */
export const runEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: 'runs/create',
    permission: 'run:write',
    answer: async ({ workspace, project, message }) => {
      const id = hexId(workspace.ids, 'run')
      const tags = new Map(message.messages('tags').map((tag) => readTag(tag)))
      const userName = message.text('user_id') ?? ''
      holdLength('user_id', userName, longestUserName)
      const given = readName(message)
      const tagged = tags.get(nameTag) || undefined
      if (given !== undefined && tagged !== undefined && given !== tagged)
        throw invalid(
          `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${given}', mlflow.runName='${tagged}').`,
        )
      const name = given ?? tagged ?? runName(seededRandom(id))
      tags.set(nameTag, name)
      const run = await together(workspace.database, async (tables) => {
        const experiment = await experimentForRun(
          tables,
          { project, id: message.text('experiment_id') || '0' },
          { atMs: workspace.clock.now() },
        )
        const row: Omit<RunRow, 'number'> = {
          id,
          experiment: experiment.number,
          name,
          user_name: userName,
          status: 'running',
          state: 'active',
          started_at_ms: message.integer('start_time') ?? workspace.clock.now(),
          finished_at_ms: null,
        }
        const number = await insertRun(tables, row)
        await putTags(
          tables,
          Array.from(tags, ([tag, value]) => ({ run: number, name: tag, value })),
        )
        return { number, ...row }
      })
      const [made] = await wireRuns(open(workspace.database), [run])
      return new JsonText(`{"run":${made}}`)
    },
  },
  {
    method: 'GET',
    path: 'runs/get',
    permission: 'run:read',
    answer: async ({ workspace, project, message }) => {
      const tables = open(workspace.database)
      const [run] = await wireRuns(tables, [await heldRun(tables, { project, id: runIdOf(message) })])
      return new JsonText(`{"run":${run}}`)
    },
  },
  {
    method: 'POST',
    path: 'runs/update',
    permission: 'run:write',
    answer: async ({ workspace, project, message, pen }) => {
      const id = runIdOf(message)
      // Its trainer neither begins nor ends a run of a system: it is told how the run stands.
      if (id === pen) {
        const tables = open(workspace.database)
        return { run_info: await wireRunInfo(tables, await activeRun(tables, { project, id })) }
      }
      const name = readName(message)
      const status = message.choice('status', Object.values(statusNames))
      const change = {
        ...(status !== undefined && { status: statusOf(status) }),
        ...(message.has('end_time') && { finished_at_ms: message.integer('end_time') as number }),
        ...(name !== undefined && { name }),
      }
      const run = await together(workspace.database, async (tables) => {
        const held = await foreignRun(tables, { project, id })
        if (Object.keys(change).length > 0) await updateRun(tables, held.number, change)
        if (name !== undefined) await putTags(tables, [{ run: held.number, name: nameTag, value: name }])
        return { ...held, ...change }
      })
      return { run_info: await wireRunInfo(open(workspace.database), run) }
    },
  },
  ...(['delete', 'restore'] as const).map((what): Endpoint => ({
    method: 'POST',
    path: `runs/${what}`,
    permission: 'run:write',
    answer: async ({ workspace, project, message }) => {
      const id = runIdOf(message)
      await together(workspace.database, async (tables) => {
        const held = await heldRun(tables, { project, id })
        const { number, experiment } = held
        await holdForeign(tables, held)
        if (
          what === 'restore' &&
          (await experimentByNumber(tables, { project, number: experiment }))?.state !== 'active'
        )
          throw invalid(`Cannot restore the run ${id}: its experiment ${experiment} is deleted, restore that first`)
        // A client whose answer was lost deletes it once more.
        if (what === 'restore') await updateRun(tables, number, { state: 'active', deleted_at_ms: null })
        else if (held.state === 'active')
          await updateRun(tables, number, { state: 'deleted', deleted_at_ms: workspace.clock.now() })
      })
      return {}
    },
  })),
  {
    method: 'POST',
    path: 'runs/search',
    permission: 'run:read',
    answer: async ({ workspace, project, message }) => {
      const limit = message.integer('max_results') ?? 1000
      if (limit < 1 || limit > largestPage) throw wrongKind('max_results', limit)
      const offset = readPageToken(message.text('page_token'))
      const tables = open(workspace.database)
      const found = await searchRuns(tables, {
        experiments: await experimentNumbers(tables, { project, ids: message.texts('experiment_ids') }),
        states: viewOf(message, 'run_view_type'),
        filter: message.text('filter') ?? '',
        orderBy: message.texts('order_by'),
        offset,
        limit: limit + 1,
      })
      if (found.length === 0) return {}
      const runs = (await wireRuns(tables, found.slice(0, limit))).join(',')
      const next = found.length > limit ? `,"next_page_token":"${pageToken(offset + limit)}"` : ''
      return new JsonText(`{"runs":[${runs}]${next}}`)
    },
  },
  {
    method: 'POST',
    path: 'runs/set-tag',
    permission: 'run:write',
    answer: async ({ workspace, project, message }) => {
      const id = runIdOf(message)
      const [name, value] = readTag(message)
      await together(workspace.database, async (tables) => {
        const { number } = await activeRun(tables, { project, id })
        await putTags(tables, [{ run: number, name, value }])
        if (name === nameTag) await updateRun(tables, number, { name: value })
      })
      return {}
    },
  },
  {
    method: 'POST',
    path: 'runs/delete-tag',
    permission: 'run:write',
    answer: async ({ workspace, project, message }) => {
      const id = runIdOf(message)
      const key = message.requiredText('key')
      await together(workspace.database, async (tables) => {
        const { number } = await activeRun(tables, { project, id })
        if (!(await deleteTag(tables, number, key))) throw absent(`No tag with name: ${key} in run with id ${id}`)
      })
      return {}
    },
  },
]

/** A tag, cut to what is stored of it. @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` */
export function readTag(message: Message): readonly [string, string] {
  const name = message.requiredText('key')
  holdKey('tag', name)
  return [name, cut(message.text('value') ?? '', longestTag)]
}

/** The name of a run, cut as the tag that holds it too. */
function readName(message: Message): string | undefined {
  const name = message.text('run_name')
  return name ? cut(name, longestTag) : undefined
}

export const nameTag = 'mlflow.runName'

const statusOf = (name: (typeof statusNames)[RunStatus]): RunStatus =>
  (Object.keys(statusNames) as RunStatus[]).find((status) => statusNames[status] === name) as RunStatus

const longestUserName = 256
const largestPage = 50_000
