import { z } from 'zod'
import { defineRoute, type Route } from '#platform'
import { artifactsBelow } from '../artifacts/artifacts.ts'
import { heldExperiment } from '../found-experiments.ts'
import { foundRuns, runRecord } from '../found-runs.ts'
import { historyPage, rolledUpHistory } from '../histories.ts'
import { heldFolder } from '../mlflow/wire-artifacts.ts'
import { heldRun, type RunName } from '../mlflow/held-run.ts'
import { inOwnWords } from '../own-words.ts'
import { searchRuns } from '../search/search-runs.ts'
import { experimentsOfProject } from '../store/experiments.ts'
import { open, type RunRow, type Tracking } from '../store/tables.ts'
import { projectOfCall } from './in-project.ts'
import {
  foundRunSchema,
  historySchema,
  lifecycleSchema,
  nextOffsetSchema,
  pageOf,
  pageQuery,
  runSchema,
} from './schemas.ts'

const idParams = z.object({ id: z.string() })

/** @throws {Failure} `tracking/notFound` */
const runOf = (tables: Tracking, name: RunName): Promise<RunRow> =>
  inOwnWords(() => heldRun(tables, name), { where: 'millrace runs list' })

/** The addresses of runs in our own API. */
export const runRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/runs/search',
    permission: 'run:read',
    inProjects: true,
    summary: 'Runs that match a filter, in the order asked, then the newest first',
    tag: 'tracking',
    body: z.object({
      experiments: z
        .array(z.string())
        .optional()
        .meta({ description: 'Ids; all where absent, deleted ones only with deleted runs' }),
      filter: z.string().default('').meta({ description: "As of MLflow: metrics.auc > 0.8 and params.depth = '6'" }),
      orderBy: z.array(z.string()).default([]).meta({ description: 'As of MLflow: metrics.auc desc' }),
      states: z.array(lifecycleSchema).min(1).default(['active']),
      ...pageQuery(1000),
    }),
    response: z.object({ runs: z.array(foundRunSchema), nextOffset: nextOffsetSchema }),
    handler: async ({ workspace, body, ...caller }) => {
      const project = projectOfCall(caller)
      const tables = open(workspace.database)
      const experiments: number[] = []
      if (body.experiments === undefined)
        for (const { number, state } of await experimentsOfProject(tables, project))
          if (state === 'active' || body.states.includes('deleted')) experiments.push(number)
      for (const id of body.experiments ?? []) experiments.push((await heldExperiment(tables, { project, id })).number)
      const found = await inOwnWords(() => searchRuns(tables, { ...body, experiments, limit: body.limit + 1 }))
      const { page, nextOffset } = pageOf(found, body)
      return { runs: await foundRuns(tables, page), nextOffset }
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/runs/{id}',
    permission: 'run:read',
    inProjects: true,
    summary: 'A run with parameters, newest metrics, tags, datasets and models',
    tag: 'tracking',
    params: idParams,
    response: runSchema,
    handler: async ({ workspace, params, ...caller }) => {
      const project = projectOfCall(caller)
      const tables = open(workspace.database)
      return runRecord(tables, await runOf(tables, { project, id: params.id }))
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/runs/{id}/history',
    permission: 'run:read',
    inProjects: true,
    summary: 'Values of a metric of a run, or of all its metrics, page by page',
    tag: 'tracking',
    params: idParams,
    query: z.object({
      metric: z.string().optional().meta({ description: 'All, one after the other by name, where absent' }),
      ...pageQuery(10_000),
    }),
    response: z.object({ metrics: z.array(historySchema), nextOffset: nextOffsetSchema }),
    handler: async ({ workspace, params, query, ...caller }) => {
      const project = projectOfCall(caller)
      const tables = open(workspace.database)
      return historyPage(tables, await runOf(tables, { project, id: params.id }), {
        name: query.metric,
        ...query,
      })
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/runs/{id}/chart',
    permission: 'run:read',
    inProjects: true,
    summary: 'Values of a metric of a run, evenly thinned out for a chart',
    tag: 'tracking',
    params: idParams,
    query: z.object({ metric: z.string(), steps: z.coerce.number().int().min(1).max(2500).default(500) }),
    response: historySchema,
    handler: async ({ workspace, params, query, ...caller }) => {
      const project = projectOfCall(caller)
      const tables = open(workspace.database)
      const run = await runOf(tables, { project, id: params.id })
      return rolledUpHistory(tables, run, { name: query.metric, most: query.steps })
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/artifacts',
    permission: 'run:read',
    inProjects: true,
    summary: 'Files in a folder of the store of artifacts and below it, page by page',
    tag: 'tracking',
    query: z.object({
      folder: z
        .string()
        .min(1)
        .meta({ description: 'Such as 1/RUN/artifacts: the artifact address of a run without mlflow-artifacts:/' }),
      ...pageQuery(1000),
    }),
    response: z.object({
      files: z.array(
        z.object({
          path: z.string().meta({ description: 'From the folder' }),
          sizeBytes: z.int(),
          digest: z.string().meta({ description: 'SHA-256, 64 hex digits' }),
        }),
      ),
      nextOffset: nextOffsetSchema,
    }),
    handler: async ({ workspace, query, ...caller }) => {
      const project = projectOfCall(caller)
      const folder = await inOwnWords(() => heldFolder(query.folder))
      const { files, nextOffset } = await artifactsBelow(workspace, { project, path: folder }, query)
      return { files: [...files], nextOffset }
    },
  }),
]
