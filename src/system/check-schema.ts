import { z } from 'zod'
import { column, duration, share } from './schema-fields.ts'

const severity = z.enum(['warn', 'quarantine', 'stop'])

const checkBase = {
  source: z.string().optional().meta({ description: 'Source that is checked; the only one where absent' }),
  mostly: share.default(1).meta({ description: 'Least share of rows that must pass' }),
  severity: severity.default('warn'),
  where: z.string().optional().meta({ description: 'SQL condition: only these rows are checked' }),
}

/** An expectation on the rows of a source. */
export const checkSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('not-null'), column, ...checkBase }),
  z.strictObject({ kind: z.literal('unique'), columns: z.array(column).min(1), ...checkBase }),
  z.strictObject({
    kind: z.literal('between'),
    column,
    min: z.union([z.number(), z.string()]).optional(),
    max: z.union([z.number(), z.string()]).optional(),
    ...checkBase,
  }),
  z.strictObject({
    kind: z.literal('in-set'),
    column,
    values: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1),
    ...checkBase,
  }),
  z.strictObject({ kind: z.literal('matches'), column, pattern: z.string().min(1), ...checkBase }),
  z.strictObject({ kind: z.literal('fresh'), column: column.optional(), within: duration, ...checkBase }),
  z.strictObject({
    kind: z.literal('row-count'),
    min: z.number().int().min(0).optional(),
    max: z.number().int().min(0).optional(),
    ...checkBase,
  }),
  z.strictObject({
    kind: z.literal('sql'),
    name: z.string().min(1),
    condition: z.string().min(1).meta({ description: 'SQL that is true for a good row' }),
    ...checkBase,
  }),
])
