import { z } from 'zod'

/** A column of a matrix: a column of numbers by its name, or texts by their places in a list. */
const columnEntry = z.union([
  z.string(),
  z.strictObject({
    column: z.string(),
    categories: z.array(z.string()).min(1).meta({ description: 'Each text is its place in this list, from 0' }),
    unknown: z.number().nullable().default(null).meta({ description: 'Any other text, and none; NaN where null' }),
  }),
])

/** What a model file of another tool does not say of itself. */
export const foreignInterfaceSchema = z.strictObject({
  inputs: z
    .record(z.string(), z.array(columnEntry).min(1))
    .default({})
    .meta({ description: 'The columns of each input that is a matrix, in order' }),
  classes: z
    .array(z.union([z.number().int(), z.string()]))
    .optional()
    .meta({ description: 'The class of each probability, in order: its name, or its place among the classes' }),
  output: z.string().optional().meta({ description: 'The output with the probabilities or numbers' }),
})

/** What a model file of another tool does not say of itself: `interface.json` of trainers. */
export type ForeignInterface = z.output<typeof foreignInterfaceSchema>
export type ColumnEntry = z.output<typeof columnEntry>
