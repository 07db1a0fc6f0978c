import { z } from 'zod'
import { days, defineRoute, durationMs, durationPattern, isDuration, longestDuration, type Route } from '#platform'
import { collect } from './collect.ts'
import { collectionReportSchema } from './schema.ts'

/** The API of collecting. @param options.undoDays how long what was deleted can be restored where a caller does not say */
export const collectionRoutes = ({ undoDays }: { readonly undoDays: number }): readonly Route[] => [
  defineRoute({
    method: 'POST',
    path: '/api/v1/collections',
    permission: 'store:manage',
    summary: 'Remove for good what was deleted long enough ago, and the bytes that nothing refers to any more',
    tag: 'collection',
    body: z.strictObject({
      dryRun: z.boolean().default(false).meta({ description: 'Only count what would go' }),
      olderThan: z
        .string()
        .regex(durationPattern, "a number and a unit, such as '30d'")
        .refine(isDuration, `${longestDuration} at most`)
        .default(days(undoDays))
        .meta({ description: "How long ago it was deleted at least, such as '30d'; MILLRACE_UNDO_DAYS where absent" }),
    }),
    response: collectionReportSchema,
    handler: ({ workspace, body }) =>
      collect(workspace, { olderThanMs: durationMs(body.olderThan), dryRun: body.dryRun }),
  }),
]
