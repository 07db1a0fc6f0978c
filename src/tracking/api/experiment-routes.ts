import { z } from 'zod'
import { defineRoute, type Route } from '#platform'
import { foundExperiments } from '../found-experiments.ts'
import { inOwnWords } from '../own-words.ts'
import { searchExperiments } from '../store/search-experiments.ts'
import { open } from '../store/tables.ts'
import { projectOfCall } from './in-project.ts'
import { experimentSchema, lifecycleSchema, nextOffsetSchema, pageOf, pageQuery } from './schemas.ts'

/** The addresses of experiments in our own API. */
export const experimentRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/experiments/search',
    permission: 'run:read',
    inProjects: true,
    summary: 'Experiments that match a filter, the newest first',
    tag: 'tracking',
    body: z.object({
      filter: z.string().default(''),
      orderBy: z.array(z.string()).default([]),
      states: z.array(lifecycleSchema).default(['active']),
      ...pageQuery(1000),
    }),
    response: z.object({ experiments: z.array(experimentSchema), nextOffset: nextOffsetSchema }),
    handler: async ({ workspace, body, ...caller }) => {
      const project = projectOfCall(caller)
      const tables = open(workspace.database)
      const found = await inOwnWords(() => searchExperiments(tables, { ...body, project, limit: body.limit + 1 }))
      const { page, nextOffset } = pageOf(found, body)
      return { experiments: await foundExperiments(tables, page), nextOffset }
    },
  }),
]
