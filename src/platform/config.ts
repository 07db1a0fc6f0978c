import { z } from 'zod'
import { fail } from './failures.ts'

/** Every environment variable that Millrace reads, each with its bound and the reason for it. */
const schema = z.object({
  MILLRACE_STORE: z.string().min(1).default('.millrace').meta({ description: 'Folder of the embedded store' }),
  MILLRACE_HOST: z
    .string()
    .default('127.0.0.1')
    .meta({ description: 'Address to listen on; loopback unless you say otherwise, since there is no other door' }),
  MILLRACE_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(7717)
    .meta({ description: 'Port to listen on; 0 takes any free one' }),
  MILLRACE_LOG: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('warn')
    .meta({ description: 'Least severe log line that is written' }),
  MILLRACE_THREADS: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .optional()
    .meta({ description: 'Threads for queries and training; the number of cores where unset' }),
  MILLRACE_MEMORY_MB: z.coerce.number().int().min(128).default(768).meta({
    description: 'Memory that queries may use before they spill to disk; at least 128, below which DuckDB cannot sort',
  }),
  MILLRACE_BODY_LIMIT_MB: z.coerce
    .number()
    .int()
    .min(1)
    .max(1024)
    .default(16)
    .meta({ description: 'Largest request body; beyond it 413 is answered before the body is read' }),
})

export type Config = z.infer<typeof schema>

/**
 * Reads the environment once, at the start of a process.
 * @throws {Failure} `platform/invalidConfig` naming every variable that is wrong
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const parsed = schema.safeParse(environment)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  throw fail('invalidConfig', `Cannot start: ${problems}`)
}
