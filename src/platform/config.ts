import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { z } from 'zod'
import { fail } from './failures.ts'

/** Every environment variable that Millrace reads, each with its bound and the reason for it. */
const schema = z.object({
  MILLRACE_STORE: z.string().min(1).default('.millrace').meta({ description: 'Folder of the embedded store' }),
  MILLRACE_DATABASE_URL: z
    .url({ protocol: /^postgres(?:ql)?$/, error: 'expected postgres://user:password@host:port/database' })
    .optional()
    .meta({
      description: 'PostgreSQL database that holds the facts; SQLite in the folder of the store where unset',
    }),
  MILLRACE_BLOBS_URL: z
    .string()
    .regex(/^s3:\/\/[a-z0-9.-]{3,63}(?:\/[\w!.*'()/-]*)?$/, 'expected s3://bucket or s3://bucket/prefix')
    .optional()
    .meta({ description: 'S3 bucket that holds the bytes; the folder of the store where unset' }),
  MILLRACE_BLOBS_CACHE_MB: z.coerce.number().int().min(1).default(10_240).meta({
    description:
      'Bytes of a bucket that are kept in the folder too; those not used for longest go, none within an hour',
  }),
  AWS_ACCESS_KEY_ID: z.string().min(1).optional().meta({ description: 'Whom the bucket is asked as' }),
  AWS_SECRET_ACCESS_KEY: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'What requests to the bucket are signed with' }),
  AWS_SESSION_TOKEN: z.string().min(1).optional().meta({ description: 'Token of credentials that end' }),
  AWS_REGION: z.string().min(1).optional().meta({ description: 'Region of the bucket; us-east-1 where unset' }),
  AWS_ENDPOINT_URL_S3: z.url().optional().meta({ description: 'S3 server that is not of Amazon' }),
  MILLRACE_HOST: z.string().default('127.0.0.1').meta({
    description: 'Address to listen on; loopback unless you say otherwise; callers from elsewhere need a token',
  }),
  MILLRACE_ACCESS: z.enum(['local', 'tokens']).default('local').meta({
    description: "Who may ask without a token: programs on this machine, or (with 'tokens') nobody",
  }),
  MILLRACE_TOKEN: z
    .string()
    .optional()
    .meta({ description: 'Token that the command line sends to a server; none where unset or empty' }),
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
  MILLRACE_REQUEST_TIMEOUT_MS: z.coerce.number().int().min(100).max(3_600_000).default(120_000).meta({
    description: 'Time that a request may take to come whole; beyond it 408 is answered and the connection ends',
  }),
  MILLRACE_SERVING_PROCESSES: z.coerce.number().int().min(0).max(256).optional().meta({
    description:
      'Processes that answer requests on the port; the number of cores where unset, 0 for none beside the control',
  }),
  MILLRACE_GRPC_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .meta({ description: 'Port for gRPC; no gRPC where unset, 0 takes any free one' }),
  MILLRACE_LOG_SYNC_MS: z.coerce.number().int().min(0).max(60_000).default(100).meta({
    description:
      'How often the prediction log is forced onto the disk; 0 before each answer. What a power cut may cost: a killed process costs nothing',
  }),
  MILLRACE_LOG_MODEL_FILES: z
    .enum(['on', 'off'])
    .default('on')
    .meta({ description: 'Whether requests to model files without a system are kept in the prediction log' }),
  MILLRACE_OPEN_MODELS: z.coerce.number().int().min(1).max(100_000).default(1000).meta({
    description:
      'Model files that a serving process keeps open; the one asked longest ago is closed, and comes back when asked',
  }),
  MILLRACE_OPEN_MODELS_MB: z.coerce
    .number()
    .int()
    .min(1)
    .default(1024)
    .meta({ description: 'Size of the model files that a serving process keeps open, at most' }),
  MILLRACE_UNDO_DAYS: z.coerce.number().min(0).max(36_500).default(30).meta({
    description: 'Days for which a deleted run, experiment or logged model can be restored; it is collected after them',
  }),
  MILLRACE_WEBHOOK_ADDRESSES: z
    .enum(['public', 'any'])
    .default('public')
    .meta({ description: 'Where webhooks may go: public addresses by https, or any, this machine and http included' }),
  MILLRACE_WEBHOOK_TIMEOUT_MS: z.coerce.number().int().min(100).max(120_000).default(10_000).meta({
    description: 'Time in which a webhook must have answered; after that it is tried again later',
  }),
  MILLRACE_QUEUE_ROWS: z.coerce.number().int().min(1).max(1_000_000).default(1024).meta({
    description: 'Rows that may wait for one model in one process; beyond it 503 is answered at once',
  }),
  MILLRACE_QUEUE_DELAY_MS: z.coerce.number().min(0).max(1000).default(0).meta({
    description: 'How long the first request of a batch waits for others; 0 takes what is there',
  }),
  MILLRACE_TRAINER_PROGRAMS: z.enum(['on', 'off']).default('on').meta({
    description:
      'Whether systems may train candidates by programs of their own, which run with the rights of the server',
  }),
  MILLRACE_TRAINER_ENVIRONMENT: z
    .string()
    .regex(
      /^$|^[A-Za-z_]\w*(,[A-Za-z_]\w*)*$/,
      "names of variables with commas between, such as 'HTTPS_PROXY,PIP_INDEX_URL'",
    )
    .default('')
    .meta({ description: 'Variables that such programs and pip are given; besides them PATH, HOME and LANG alone' }),
  MILLRACE_PYTHON: z
    .string()
    .min(1)
    .default('python3')
    .meta({ description: 'The Python that environments of candidates are made of, a name or path' }),
})

export type Config = z.infer<typeof schema>

/** Variables of the environment by their names; those that are not set are left out. */
export function environmentValues(
  names: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** The environment of a process that is to be configured like this one. */
export function environmentOf(config: Config): NodeJS.ProcessEnv {
  const set = Object.entries(config).filter(([, value]) => value !== undefined)
  const compiled = getCompileCacheDir()
  return {
    ...process.env,
    // Below the folder that was named stands one for each version of Node.
    ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compiled) }),
    ...Object.fromEntries(set.map(([name, value]) => [name, String(value)])),
  }
}

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
