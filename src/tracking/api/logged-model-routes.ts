import { z } from 'zod'
import { defineRoute, type Route } from '#platform'
import { heldExperiment } from '../found-experiments.ts'
import { foundLoggedModels } from '../found-logged-models.ts'
import { loggedModelsIn } from '../store/logged-models.ts'
import { open } from '../store/tables.ts'
import { projectOfCall } from './in-project.ts'
import { loggedModelSchema, nextOffsetSchema, pageOf, pageQuery } from './schemas.ts'

/** The addresses of logged models in our own API. */
export const loggedModelRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/logged-models',
    permission: 'run:read',
    inProjects: true,
    summary: 'Logged models of an experiment with all their metrics, the oldest first, deleted ones too',
    tag: 'tracking',
    query: z.object({ experiment: z.string().meta({ description: 'Id' }), ...pageQuery(1000) }),
    response: z.object({ models: z.array(loggedModelSchema), nextOffset: nextOffsetSchema }),
    handler: async ({ workspace, query, ...caller }) => {
      const tables = open(workspace.database)
      const { number } = await heldExperiment(tables, { project: projectOfCall(caller), id: query.experiment })
      const found = await loggedModelsIn(tables, number, { ...query, limit: query.limit + 1 })
      const { page, nextOffset } = pageOf(found, query)
      return { models: await foundLoggedModels(tables, page), nextOffset }
    },
  }),
]
