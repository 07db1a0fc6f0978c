import { z } from 'zod'

const name = z.string().min(1).max(500)
const momentMs = z.int().meta({ description: 'Milliseconds since 1970' })

/** A tag or parameter; names may be anything, so they are no keys of an object. */
export const pairSchema = z.object({ name, value: z.string() }).meta({ id: 'NamedValue' })

/** A number as JSON has it, or the name of one that JSON has no form for. */
const numberSchema = z
  .union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])
  .meta({ id: 'AnyNumber', description: 'A number; NaN and infinities by their names' })

export const lifecycleSchema = z.enum(['active', 'deleted'])
const runStatusSchema = z.enum(['running', 'scheduled', 'finished', 'failed', 'cancelled'])

/** What an id may be: it becomes part of the path of artifacts. */
export const idSchema = z.string().regex(/^[\w-]{1,100}$/, 'Expected letters, digits, _ and -')

const experimentFields = {
  name,
  state: lifecycleSchema,
  createdAtMs: momentMs,
  updatedAtMs: momentMs,
  tags: z.array(pairSchema),
}
export const experimentSchema = z
  .object({
    id: z.string(),
    ...experimentFields,
    system: z.string().nullable().meta({ description: 'The system whose runs it holds; null for one of others' }),
    artifactLocation: z.string(),
  })
  .meta({ id: 'Experiment' })
export const givenExperimentSchema = z
  .object({
    ...experimentFields,
    artifactLocation: z
      .string()
      .max(2000)
      .regex(/^(?!mlflow-artifacts:|file:)[a-z][a-z0-9+.-]+:\/\/[^?#]+$/i, 'Expected an address of another store')
      .optional()
      .meta({ description: 'Where artifacts are that are not in this store, such as s3://bucket/folder' }),
  })
  .meta({ id: 'GivenExperiment' })

const measureSchema = z.object({ name, value: numberSchema, step: z.int(), atMs: momentMs })

const runFields = {
  id: idSchema,
  name: z.string().max(8000),
  user: z.string().max(1000),
  status: runStatusSchema,
  state: lifecycleSchema,
  startedAtMs: momentMs,
  finishedAtMs: momentMs.nullable(),
  params: z.array(pairSchema),
  tags: z.array(pairSchema),
}
export const foundRunSchema = z
  .object({
    ...runFields,
    experiment: z.object({ id: z.string(), name: z.string() }),
    system: z.string().nullable().meta({ description: 'The system that made it; null where somebody else did' }),
    metrics: z.array(measureSchema).meta({ description: 'The newest value of each' }),
  })
  .meta({ id: 'FoundRun' })

const datasetSchema = z
  .object({
    name,
    digest: z.string().min(1).max(100),
    sourceType: z.string(),
    source: z.string(),
    schema: z.string().nullable(),
    profile: z.string().nullable(),
    context: z.string().nullable(),
    tags: z.array(z.object({ key: z.string(), value: z.string() })),
  })
  .meta({ id: 'RunDataset' })
const modelLinkSchema = z.object({ id: idSchema, direction: z.enum(['input', 'output']), step: z.int() })

export const runSchema = foundRunSchema
  .extend({
    artifactUri: z.string(),
    datasets: z.array(datasetSchema),
    models: z.array(modelLinkSchema).meta({ description: 'Logged models that it used or made' }),
    origin: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .nullable()
      .meta({ description: 'What is known of a run that a system made: code, data, seed, environment' }),
  })
  .meta({ id: 'RunRecord' })
export const givenRunSchema = z
  .object({ ...runFields, datasets: z.array(datasetSchema), models: z.array(modelLinkSchema) })
  .meta({ id: 'GivenRun' })

export const historySchema = z
  .object({
    name,
    points: z.array(z.object({ step: z.int(), atMs: momentMs, value: numberSchema })),
  })
  .meta({ id: 'MetricHistory' })

const loggedModelFields = {
  id: idSchema,
  name,
  status: z.enum(['pending', 'ready', 'failed']),
  state: lifecycleSchema,
  modelType: z.string(),
  sourceRun: z.string(),
  createdAtMs: momentMs,
  updatedAtMs: momentMs,
  tags: z.array(pairSchema),
  params: z.array(pairSchema),
  metrics: z.array(measureSchema.extend({ run: z.string(), datasetName: z.string(), datasetDigest: z.string() })),
}
export const loggedModelSchema = z.object({ ...loggedModelFields, artifactUri: z.string() }).meta({ id: 'LoggedModel' })
export const givenLoggedModelSchema = z.object(loggedModelFields).meta({ id: 'GivenLoggedModel' })

/** A page of something that is read by an offset. */
export const pageQuery = (most: number) => ({
  limit: z.coerce.number().int().min(1).max(most).default(Math.min(most, 100)),
  offset: z.coerce.number().int().min(0).default(0),
})
/** Where the next page begins; null after the last. */
export const nextOffsetSchema = z
  .int()
  .nullable()
  .meta({ description: 'Where the next page begins; null after the last' })

/** A page of rows of which one more than a page was read, to know whether there is another. */
export function pageOf<Row>(
  rows: readonly Row[],
  { offset, limit }: { readonly offset: number; readonly limit: number },
) {
  return { page: rows.slice(0, limit), nextOffset: rows.length > limit ? offset + limit : null }
}
