import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { usageFailure } from '../usage-failure.ts'

/**
 * An experiment in a folder:
 * - `export.json`: the form and its version, the experiment, and the digests of the files below; written last
 * - `runs.jsonl`: a run a line, in the order of their beginnings, with what was logged to it and the files that it has
 * - `metrics.jsonl`: values of metrics, in the order of the runs: `{ run, metric, points: [[step, ms since 1970, value]] }`
 * - `logged-models.jsonl`: a logged model a line, with the files that it has
 * - `models.jsonl`: a registered model a line, with those of its versions that point into the experiment
 * - `artifacts/12/1234…`: files by the SHA-256 of their bytes, those that are equal once
 *
 * Addresses of artifacts of the experiment begin with `experiment:`. Equal experiments give equal bytes.
 */
export const form = 'millrace-experiment'
export const formVersion = 1

/** What addresses of artifacts of the experiment begin with in a folder. */
export const experimentWord = 'experiment:'

export const lineFiles = ['runs.jsonl', 'metrics.jsonl', 'logged-models.jsonl', 'models.jsonl'] as const
export type LineFile = (typeof lineFiles)[number]

const pair = z.object({ name: z.string(), value: z.string() })
const digest = z.string().regex(/^[0-9a-f]{64}$/)
const manifestSchema = z.object({
  form: z.literal(form),
  version: z.int(),
  complete: z.literal(true),
  experiment: z.object({
    name: z.string(),
    state: z.enum(['active', 'deleted']),
    createdAtMs: z.int(),
    updatedAtMs: z.int(),
    artifactLocation: z.string().optional(),
    tags: z.array(pair),
  }),
  files: z.record(z.enum(lineFiles), z.object({ lines: z.int(), digest })),
})

/** What `export.json` holds. */
export type Manifest = z.output<typeof manifestSchema>

/** A file of a run or logged model, as a line lists it. */
export const listedFileSchema = z.object({ path: z.string(), sizeBytes: z.int().min(0), digest })
export type ListedFile = z.output<typeof listedFileSchema>

/** Where the bytes of a digest are in a folder. */
export const artifactFile = (folder: string, name: string): string => join(folder, 'artifacts', name.slice(0, 2), name)

/** What tells the state of a run in a folder from another. */
export const printOf = (line: string): string => createHash('sha256').update(line).digest('hex')

/**
 * Reads what a folder says of itself.
 * @throws {Failure} `cli/notAnExport`, `cli/otherFormat`, `cli/damagedExport`
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = join(folder, 'export.json')
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw usageFailure('notAnExport', `Cannot read '${folder}': it is no export, it has no export.json`, {
      cause: error,
    })
  })
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch (error) {
    throw usageFailure('damagedExport', `Cannot read '${file}': it is not JSON`, { cause: error })
  }
  const about = (read ?? {}) as { form?: unknown; version?: unknown; complete?: unknown }
  if (about.form !== form)
    throw usageFailure('notAnExport', `Cannot read '${folder}': its export.json is not of an experiment`)
  if (about.version !== formVersion)
    throw usageFailure(
      'otherFormat',
      `Cannot read '${folder}': its format is version ${String(about.version)}, and ${formVersion} is the one that is read`,
    )
  if (about.complete !== true) throw usageFailure('notAnExport', `Cannot read '${folder}': its export was interrupted`)
  const parsed = manifestSchema.safeParse(read)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw usageFailure('damagedExport', `Cannot read '${file}': ${issue?.path.join('.')}: ${issue?.message}`)
}
