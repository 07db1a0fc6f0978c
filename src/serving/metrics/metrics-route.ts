import { z } from 'zod'
import { defineRoute, type Route } from '#platform'
import { metricsText } from './metrics-text.ts'
import type { CountedModel, ServingCounts } from './serving-counts.ts'

/** What a server has counted. */
export interface AllCounts {
  readonly processes: readonly ServingCounts[]
  /** By processes that have ended. */
  readonly ended: readonly CountedModel[]
}

/** `/metrics` in Prometheus' text format, over the counts of all serving processes. */
export const metricsRoute = (count: () => Promise<AllCounts>): Route =>
  defineRoute({
    method: 'GET',
    path: '/metrics',
    permission: 'system:read',
    summary: 'Counts and durations of serving, in the text format of Prometheus',
    tag: 'serving',
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    response: z.string(),
    handler: async () => {
      const { processes, ended } = await count()
      return metricsText(processes, ended)
    },
  })
