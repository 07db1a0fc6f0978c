import { z } from 'zod'
import type { FieldType, Task } from '#model'
import { checkSchema } from './check-schema.ts'
import { programSchema } from './program-schema.ts'
import { column, duration, share } from './schema-fields.ts'
import { servingSchema } from './serving-schema.ts'

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, "lower-case letters, digits and '-', starting with a letter, at most 63")
const sourceName = z.string().regex(/^[a-z_][a-z0-9_]*$/, "a name that SQL takes: lower-case letters, digits and '_'")
const historyName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,40}$/, "a name that SQL takes: lower-case letters, digits and '_', at most 41")
const isoDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "a date such as '2027-06-30'")

/** The business goal that the system serves. */
export const objectiveSchema = z.strictObject({
  statement: z.string().min(1).meta({ description: 'What becomes better for whom, in one sentence' }),
  owner: z.string().min(1),
  stakeholders: z.array(z.strictObject({ name: z.string().min(1), wants: z.string().min(1) })).default([]),
  metric: z.string().min(1).meta({ description: 'The business metric, such as disruption cost' }),
  unit: z.string().min(1),
  direction: z.enum(['up', 'down']),
  baseline: z
    .number()
    .optional()
    .meta({ description: 'Its value today, in its unit; measured by a rehearsal where absent' }),
  target: z.number().meta({ description: 'Relative change to reach: −0.10 is ten percent less' }),
  by: isoDate,
  keyResult: z.string().optional().meta({ description: 'The key result that it serves' }),
})

/** Money of a yes-or-no decision, by what was decided and what was true. */
export const binaryCost = z.strictObject({
  currency: z.string().length(3),
  falseNegative: z.number(),
  falsePositive: z.number(),
  truePositive: z.number().default(0),
  trueNegative: z.number().default(0),
})
/** Money of choosing one of several classes. */
export const classCost = z.strictObject({
  currency: z.string().length(3),
  right: z.number().default(0),
  wrong: z.number(),
  /** Exceptions: actual class -> predicted class -> cost. */
  matrix: z.record(z.string(), z.record(z.string(), z.number())).optional(),
})
/** Money of a predicted number. */
export const numberCost = z.strictObject({
  currency: z.string().length(3),
  under: z.number().min(0).meta({ description: 'Cost of each unit predicted too low' }),
  over: z.number().min(0).meta({ description: 'Cost of each unit predicted too high' }),
})

/** The ML problem. `cost` is the money of each kind of error; every decision reads it. */
export const framingSchema = z.strictObject({
  task: z.enum(['binary', 'multiclass', 'regression'] satisfies Task[]),
  entity: z.array(column).default([]).meta({ description: 'Columns that name what a prediction is about' }),
  target: column,
  positive: z.string().optional().meta({ description: "Binary with a text target: the class that counts as 'yes'" }),
  time: column.optional().meta({ description: 'Column with the moment of prediction' }),
  outcomeAfter: duration.default('0s').meta({ description: 'How long after that moment the truth is known' }),
  cost: z.union([binaryCost, classCost, numberCost]).optional(),
  per: z.number().int().positive().default(1000).meta({ description: 'Money is reported per this many predictions' }),
})

/** Where rows come from. */
export const sourceSchema = z.strictObject({
  kind: z.enum(['parquet', 'csv', 'json', 'ndjson']),
  path: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .meta({ description: 'File or glob, relative to the system file' }),
  time: column.optional().meta({ description: 'Column with the moment of the row' }),
  cursor: z
    .enum(['file', 'time'])
    .default('file')
    .meta({ description: 'What is new: files never seen, or rows later than the last pull' }),
  columns: z
    .record(column, z.string().min(1))
    .optional()
    .meta({ description: 'DuckDB type by column, where inference is not wanted' }),
  delimiter: z.string().length(1).optional(),
})

/**
 * Point-in-time columns: an aggregate of `of` over past rows with the same `by`, counting only rows whose outcome was
 * known when the value was refreshed. Gives columns `<name>_<span>`, one per span of `over`.
 */
export const historySchema = z.strictObject({
  name: historyName,
  of: column.meta({ description: 'Column of the dataset SQL that is averaged, usually the target' }),
  by: z.array(column).meta({ description: 'Columns that name the entity; empty for all rows' }),
  over: z.array(duration).min(1),
  every: duration.default('1d').meta({ description: 'How often the values are refreshed' }),
  aggregate: z.enum(['mean', 'sum', 'count']).default('mean'),
})

/** The training and scoring table. Sources are tables by their names in `sql`. */
export const datasetSchema = z.strictObject({
  sql: z.string().min(1),
  history: z.array(historySchema).default([]),
  inputs: z
    .array(column)
    .optional()
    .meta({ description: 'Columns that models may see; all but target and time where absent' }),
  types: z
    .record(column, z.enum(['numeric', 'boolean', 'categorical', 'timestamp', 'text'] satisfies FieldType[]))
    .default({}),
  weight: column.optional(),
})

/** A way to make a model; they are tried up the ladder. */
export const candidateSchema = z.strictObject({
  kind: z.string().min(1).meta({
    description: 'Trainer: majority, mean, seasonal-naive, rule, linear, logistic, boosted-trees, python, command',
  }),
  name: z.string().min(1).optional().meta({ description: 'Its kind where absent' }),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  program: programSchema.optional().meta({ description: 'The program that trains, of kinds python and command' }),
  tune: z
    .strictObject({ trials: z.number().int().min(2).max(500).default(16), budget: duration.default('60s') })
    .optional(),
})

const gateSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('beats'),
    what: z.string().min(1).meta({ description: "'champion', or the name of a candidate" }),
  }),
  z.strictObject({ kind: z.literal('at-least'), metric: z.string(), value: z.number() }),
  z.strictObject({ kind: z.literal('at-most'), metric: z.string(), value: z.number() }),
])

export const splitSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('time'),
    holdout: duration.default('7d'),
    window: duration.optional().meta({ description: 'How far back training rows reach; all where absent' }),
  }),
  z.strictObject({ kind: z.literal('random'), share: share.default(0.2) }),
  z.strictObject({ kind: z.literal('group'), by: z.array(column).min(1), share: share.default(0.2) }),
  z.strictObject({
    kind: z.literal('k-fold'),
    folds: z.number().int().min(2).max(20).default(5),
    by: z.array(column).optional(),
  }),
])

export const evaluationSchema = z.strictObject({
  split: splitSchema,
  primary: z
    .string()
    .default('expected-cost')
    .meta({ description: 'Metric that chooses; expected-cost needs framing.cost' }),
  slices: z.array(column).default([]),
  minSliceRows: z.number().int().min(1).default(100),
  gates: z.array(gateSchema).default([]),
  maxRows: z
    .number()
    .int()
    .min(100)
    .default(200_000)
    .meta({ description: 'Training rows at most; a seeded sample beyond it' }),
})

export const releaseSchema = z.discriminatedUnion('strategy', [
  z.strictObject({ strategy: z.literal('big-bang') }),
  z.strictObject({
    strategy: z.literal('canary'),
    steps: z.array(share).min(1).default([0.05, 0.25, 1]).meta({ description: 'Shares of traffic; the last is 1' }),
    bake: duration.default('1d').meta({ description: 'Time at each step before it is judged' }),
    minSamples: z
      .number()
      .int()
      .min(1)
      .default(500)
      .meta({ description: 'Known outcomes of the challenger before it is judged' }),
  }),
])

export const monitorSchema = z.strictObject({
  window: duration.default('1d'),
  drift: z
    .strictObject({
      method: z
        .enum(['jensen-shannon', 'population-stability', 'wasserstein', 'kolmogorov-smirnov'])
        .default('jensen-shannon'),
      threshold: z.number().positive().default(0.1),
      over: duration.default('7d').meta({
        description:
          'Span up to the end of a window that is compared: a day is never like a month, its weekday alone differs',
      }),
      share: share.default(0.3).meta({ description: 'Share of inputs that must drift for the signal on the whole' }),
    })
    .prefault({}),
  performance: z
    .strictObject({
      worseBy: share
        .default(0.1)
        .meta({ description: 'Relative rise of the realised cost over the evaluation that counts as decay' }),
      windows: z.number().int().min(1).default(3).meta({ description: 'Windows in a row before it counts' }),
    })
    .prefault({}),
})

export const retrainSchema = z.strictObject({
  every: z.union([z.literal('never'), duration]).default('28d'),
  on: z.array(z.enum(['drift', 'decay'])).default([]),
  cooldown: duration.default('7d').meta({ description: 'Least time between two trainings that signals cause' }),
})

/** One model for each segment of the rows, made, released and watched as one version. */
export const partitionSchema = z.strictObject({
  by: column.meta({ description: 'Text column among the inputs that says to which segment a row belongs' }),
  minRows: z.number().int().min(2).default(200).meta({
    description:
      'Rows to learn from that a segment needs for a model of its own; smaller ones are answered by the pooled model',
  }),
  maxSegments: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(1000)
    .meta({ description: 'Segments with a model of their own, at most; a training with more is refused' }),
})

/** A whole ML system as plain JSON: what `defineSystem` gives, what is hashed, stored, planned and applied. */
export const systemSchema = z.strictObject({
  name,
  objective: objectiveSchema,
  framing: framingSchema,
  sources: z.record(sourceName, sourceSchema),
  checks: z.array(checkSchema).default([]),
  dataset: datasetSchema,
  candidates: z.array(candidateSchema).min(1),
  evaluation: evaluationSchema,
  release: releaseSchema.default({ strategy: 'big-bang' }),
  monitor: monitorSchema.prefault({}),
  retrain: retrainSchema.prefault({}),
  partition: partitionSchema.optional(),
  serving: servingSchema.optional(),
  seed: z.number().int().default(1),
})

/** The validated form of a system: every default filled in. */
export type SystemSpec = z.output<typeof systemSchema>
/** What may be left out of a system file. */
export type SystemInput = z.input<typeof systemSchema>
export type Objective = SystemSpec['objective']
export type Framing = SystemSpec['framing']
export type Cost = NonNullable<Framing['cost']>
export type BinaryCost = z.output<typeof binaryCost>
export type ClassCost = z.output<typeof classCost>
export type NumberCost = z.output<typeof numberCost>
export type SourceSpec = z.output<typeof sourceSchema>
export type CheckSpec = z.output<typeof checkSchema>
export type HistorySpec = z.output<typeof historySchema>
export type DatasetSpec = z.output<typeof datasetSchema>
export type CandidateSpec = z.output<typeof candidateSchema>
export type GateSpec = z.output<typeof gateSchema>
export type SplitSpec = z.output<typeof splitSchema>
export type SplitInput = z.input<typeof splitSchema>
export type EvaluationSpec = z.output<typeof evaluationSchema>
export type ReleaseSpec = z.output<typeof releaseSchema>
export type MonitorSpec = z.output<typeof monitorSchema>
export type PartitionSpec = z.output<typeof partitionSchema>
export type RetrainSpec = z.output<typeof retrainSchema>

/** An applied form of a system: immutable, named by its content. */
export interface SystemVersion {
  readonly system: string
  /** 1, 2, 3 … by system. */
  readonly number: number
  /** SHA-256 of the canonical JSON of `spec`. */
  readonly hash: string
  readonly spec: SystemSpec
  /** Folder that relative paths of sources start from. */
  readonly baseFolder: string
  readonly commit: string | null
  /** Whether the working tree had changes that `commit` does not hold. */
  readonly dirty: boolean
  readonly appliedAtMs: number
  readonly appliedBy: string
}
