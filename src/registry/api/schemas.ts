import { z } from 'zod'
import { pairSchema } from '#tracking'
import { stages } from '../models/store/tables.ts'

const momentMs = z.int().meta({ description: 'Milliseconds since 1970' })
const kind = z
  .enum(['registered', 'system'])
  .meta({ description: 'Registered by a client of MLflow, or made by a system' })
const aliasSchema = z.object({ alias: z.string(), version: z.int() })

export const modelSchema = z
  .object({
    name: z.string(),
    kind,
    description: z.string(),
    createdAtMs: momentMs,
    updatedAtMs: momentMs,
    tags: z.array(pairSchema),
    aliases: z.array(aliasSchema),
  })
  .meta({ id: 'FoundModel' })

const registeredVersionFields = {
  version: z.int().min(1),
  stage: z.enum(stages),
  description: z.string(),
  source: z.string().max(2000),
  storageLocation: z.string().max(2000),
  run: z.string().max(100),
  runLink: z.string().max(2000),
  loggedModel: z.string().max(200),
  status: z.enum(['pending', 'ready', 'failed']),
  statusMessage: z.string(),
  createdAtMs: momentMs,
  updatedAtMs: momentMs,
  tags: z.array(pairSchema),
}
export const versionSchema = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('registered'),
      name: z.string(),
      aliases: z.array(z.string()),
      ...registeredVersionFields,
    }),
    z.object({
      kind: z.literal('system'),
      name: z.string(),
      version: z.int(),
      id: z.string(),
      candidate: z.string(),
      state: z.enum(['registered', 'rejected', 'archived']),
      run: z.string(),
      createdAtMs: momentMs,
      metrics: z.array(z.object({ name: z.string(), value: z.number(), low: z.number(), high: z.number() })),
      aliases: z.array(z.string()),
    }),
  ])
  .meta({ id: 'FoundVersion' })

export const givenModelSchema = z
  .object({
    name: z.string().min(1).max(256),
    description: z.string().max(100_000),
    createdAtMs: momentMs,
    updatedAtMs: momentMs,
    tags: z.array(pairSchema),
    aliases: z.array(aliasSchema).meta({ description: 'By the numbers that versions have there' }),
    versions: z.array(z.object(registeredVersionFields)).max(1000),
  })
  .meta({ id: 'GivenModel' })
