import { z } from 'zod'
import { defineRoute, type Route } from '#platform'
import { recordOutcomes } from './record-outcomes.ts'

const moment = z.iso
  .datetime({ offset: true, error: "a moment in ISO 8601 with its zone, such as '2001-02-03T04:05:00Z'" })
  .meta({ description: 'ISO 8601' })
const value = z.union([z.string(), z.number(), z.boolean(), z.null()])
const counts = z.object({
  accepted: z.number().int(),
  duplicate: z.number().int(),
  corrected: z.number().int(),
  outdated: z.number().int(),
  refused: z.number().int(),
})

/** The API of outcomes. */
export const routes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/systems/{name}/outcomes',
    permission: 'outcome:write',
    summary: 'Tells what became of predictions, row by row: each is accepted, a duplicate, a correction, or refused',
    tag: 'feedback',
    params: z.object({ name: z.string() }),
    body: z.strictObject({
      outcomes: z
        .array(
          z.strictObject({
            predictionId: z.string().min(1).optional(),
            entity: z
              .record(z.string(), value)
              .optional()
              .meta({ description: 'The entity columns of the system with their values, instead of a prediction' }),
            time: moment.optional().meta({
              description:
                'With an entity: the truth is about the latest prediction made by then; about all where absent',
            }),
            outcome: value.meta({ description: 'The class, or the true number' }),
            observedAt: moment
              .optional()
              .meta({ description: 'When it became known; now where absent. The latest wins' }),
          }),
        )
        .max(10_000),
    }),
    response: z.object({
      counts,
      results: z.array(
        z.object({
          row: z.number().int(),
          status: z.enum(['accepted', 'duplicate', 'corrected', 'outdated', 'refused']),
          reason: z.string().nullable(),
        }),
      ),
    }),
    handler: async ({ workspace, params, body, actor }) => {
      const outcomes = body.outcomes.map(({ time, observedAt, ...sent }) => ({
        ...sent,
        timeMs: time === undefined ? undefined : Date.parse(time),
        observedMs: observedAt === undefined ? undefined : Date.parse(observedAt),
      }))
      const receipt = await recordOutcomes(workspace, { system: params.name, outcomes, actor: actor.id })
      return { counts: receipt.counts, results: [...receipt.results] }
    },
  }),
]
