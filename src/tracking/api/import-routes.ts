import { z } from 'zod'
import { defineRoute, type Route } from '#platform'
import { foundExperiments } from '../found-experiments.ts'
import { importExperiment, targetExperiment } from '../imports/import-experiment.ts'
import { loggedModelIds, runIds } from '../imports/import-ids.ts'
import { importLoggedModel } from '../imports/import-logged-model.ts'
import { completeImport, importPoints, importRun } from '../imports/import-run.ts'
import { inOwnWords } from '../own-words.ts'
import { open } from '../store/tables.ts'
import { projectOfCall } from './in-project.ts'
import {
  experimentSchema,
  givenExperimentSchema,
  givenLoggedModelSchema,
  givenRunSchema,
  historySchema,
  idSchema,
} from './schemas.ts'

const experimentParams = z.object({ experiment: z.string().meta({ description: 'Id of the experiment here' }) })
const runParams = experimentParams.extend({ run: idSchema })
const done = z.object({})
const ids = z.array(
  z.object({
    id: z.string(),
    here: z.string().meta({ description: 'The id that it has here' }),
    print: z
      .string()
      .nullable()
      .meta({ description: 'What it was completed with; null where not all of it was brought in' }),
  }),
)

/** The addresses by which experiments come in from elsewhere, piece by piece; each piece can be sent again. */
export const importRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/imports',
    permission: 'run:write',
    inProjects: true,
    summary: 'Begin to bring an experiment in: the one of the name, or a new one',
    tag: 'tracking',
    body: givenExperimentSchema,
    response: experimentSchema,
    handler: async ({ workspace, body, ...caller }) => {
      const project = projectOfCall(caller)
      const row = await importExperiment(workspace, { project, ...body })
      const [experiment] = await foundExperiments(open(workspace.database), [row])
      return experiment as NonNullable<typeof experiment>
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/imports/{experiment}/ids',
    permission: 'run:write',
    inProjects: true,
    summary: 'The ids that runs and logged models have once they were brought in, and which runs are there whole',
    tag: 'tracking',
    params: experimentParams,
    body: z.object({
      runs: z.array(idSchema).max(1000).default([]),
      loggedModels: z.array(idSchema).max(1000).default([]),
    }),
    response: z.object({ runs: ids, loggedModels: ids }),
    handler: async ({ workspace, params, body, ...caller }) => {
      const project = projectOfCall(caller)
      const tables = open(workspace.database)
      const experiment = await targetExperiment(tables, { project, id: params.experiment })
      return {
        runs: [...(await runIds(tables, experiment, body.runs))],
        loggedModels: [...(await loggedModelIds(tables, experiment, body.loggedModels))],
      }
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/imports/{experiment}/runs',
    permission: 'run:write',
    inProjects: true,
    summary: 'Bring a run in, but for its metrics and artifacts',
    tag: 'tracking',
    params: experimentParams,
    body: givenRunSchema,
    response: done,
    handler: async ({ workspace, params, body, ...caller }) => {
      const project = projectOfCall(caller)
      await inOwnWords(() => importRun(workspace, { project, ...params, run: body }))
      return {}
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/imports/{experiment}/runs/{run}/history',
    permission: 'run:write',
    inProjects: true,
    summary: 'Bring values of metrics of a run in',
    tag: 'tracking',
    params: runParams,
    body: z.object({ metrics: z.array(historySchema) }),
    response: done,
    handler: async ({ workspace, params, body, ...caller }) => {
      const project = projectOfCall(caller)
      const points = body.metrics.flatMap(({ name, points }) =>
        points.map((point) => ({ ...point, name, value: Number(point.value) })),
      )
      await inOwnWords(() => importPoints(workspace, { project, ...params, points }))
      return {}
    },
  }),
  defineRoute({
    method: 'PUT',
    path: '/api/v1/imports/{experiment}/runs/{run}',
    permission: 'run:write',
    inProjects: true,
    summary: 'Note that all of a run was brought in',
    tag: 'tracking',
    params: runParams,
    body: z.object({
      print: z.string().max(100).meta({ description: 'Tells this state of the run there from another' }),
    }),
    response: done,
    handler: async ({ workspace, params, body, ...caller }) => {
      const project = projectOfCall(caller)
      await completeImport(workspace, { project, ...params, ...body })
      return {}
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/imports/{experiment}/logged-models',
    permission: 'run:write',
    inProjects: true,
    summary: 'Bring a logged model in, after the runs that its metrics are of',
    tag: 'tracking',
    params: experimentParams,
    body: givenLoggedModelSchema,
    response: z.object({
      artifactUri: z.string().meta({ description: 'Where its files belong' }),
      leftOut: z.int().meta({ description: 'Values of metrics of runs that are not here' }),
    }),
    handler: ({ workspace, params, body, ...caller }) => {
      const project = projectOfCall(caller)
      const metrics = body.metrics.map((point) => ({ ...point, value: Number(point.value) }))
      return importLoggedModel(workspace, { project, ...params, model: { ...body, metrics } })
    },
  }),
]
