import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileDigest, messageOf } from '#platform'
import { z } from 'zod'
import { usageFailure } from '../usage-failure.ts'
import {
  artifactFile,
  experimentWord,
  lineFiles,
  listedFileSchema,
  printOf,
  readManifest,
  type LineFile,
  type ListedFile,
} from './export-folder.ts'
import type {
  ExperimentSource,
  GivenExperiment,
  GivenLoggedModel,
  GivenModel,
  GivenRun,
  MetricHistory,
  SourceFile,
} from './parts.ts'

/** An experiment in a folder, all of whose bytes were held against their digests. */
export interface FolderSource extends ExperimentSource, AsyncDisposable {
  models(): AsyncIterable<GivenModel>
}

/**
 * Opens a folder that an experiment was exported into.
 * @throws {Failure} `cli/notAnExport`, `cli/otherFormat`, and `cli/damagedExport` that names the file
 */
export async function openFolder(
  folder: string,
  { tell }: { readonly tell: (text: string) => void },
): Promise<FolderSource> {
  const { experiment, files } = await readManifest(folder)
  for (const name of lineFiles) await holdLines(join(folder, name), files[name])
  const runs = new Set<string>()
  const wanted = new Map<string, ListedFile>()
  for (const name of ['runs.jsonl', 'logged-models.jsonl'] as const)
    for await (const { value } of lines(folder, name, withFiles)) {
      if (name === 'runs.jsonl') runs.add(value.id)
      for (const file of value.files) wanted.set(file.digest, file)
    }
  let checked = 0
  for (const file of wanted.values()) {
    await holdBytes(folder, file)
    tell(`${++checked} of ${wanted.size} files are whole`)
  }
  const metrics = lines(folder, 'metrics.jsonl', metricLine)
  return {
    experiment: experiment as GivenExperiment,
    artifactLocation: experimentWord,
    holdsRun: (id) => Promise.resolve(runs.has(id)),
    runs: () => runsOf(folder, metrics),
    loggedModels: async function* () {
      for await (const { value } of lines(folder, 'logged-models.jsonl', withFiles)) {
        const { files: list, ...model } = value as typeof value & GivenLoggedModel
        yield { model, files: () => filesOf(folder, list), filesStay: null }
      }
    },
    models: async function* () {
      for await (const { value } of lines(folder, 'models.jsonl', z.looseObject({}))) yield value as never
    },
    [Symbol.asyncDispose]: async () => void (await metrics.return(undefined)),
  }
}

const withFiles = z.looseObject({ id: z.string(), files: z.array(listedFileSchema) })
const runLine = withFiles.extend({
  origin: z.looseObject({}).nullable(),
  history: z.object({ lines: z.int() }),
  tags: z.array(z.object({ name: z.string(), value: z.string() })),
})
const metricLine = z.object({ run: z.string(), metric: z.string(), points: z.array(z.unknown()) })

/** @param metrics the lines of histories: runs are read ahead of them */
async function* runsOf(folder: string, metrics: MetricLines) {
  for await (const { text, value } of lines(folder, 'runs.jsonl', runLine)) {
    const { files, history, origin, ...run } = value
    // What a system knew of its run has no other place in the record of others.
    const tags = origin === null ? run.tags : [...run.tags, { name: originTag, value: JSON.stringify(origin) }]
    yield {
      run: { ...run, tags } as never as GivenRun,
      print: printOf(text),
      histories: () => historiesOf(metrics, { run: run.id, count: history.lines }),
      files: () => filesOf(folder, files),
      filesStay: null,
    }
  }
}

type MetricLines = AsyncGenerator<Line<z.output<typeof metricLine>>>

/** Reads on to the lines of a run, and those: they stand in the order of the runs. */
async function* historiesOf(
  metrics: MetricLines,
  { run, count }: { readonly run: string; readonly count: number },
): AsyncGenerator<readonly MetricHistory[]> {
  let chunk: MetricHistory[] = []
  let points = 0
  for (let found = 0; found < count;) {
    const next = await metrics.next()
    if (next.done)
      throw usageFailure('damagedExport', `Cannot read 'metrics.jsonl': the lines of the run ${run} are missing`)
    if (next.value.value.run !== run) continue
    found++
    const history = { name: next.value.value.metric, points: next.value.value.points as MetricHistory['points'] }
    chunk.push(history)
    points += history.points.length
    if (points < pointsAtOnce) continue
    yield chunk
    chunk = []
    points = 0
  }
  if (chunk.length > 0) yield chunk
}

async function* filesOf(folder: string, files: readonly ListedFile[]): AsyncGenerator<SourceFile> {
  for (const file of files)
    yield { ...file, open: () => Promise.resolve(createReadStream(artifactFile(folder, file.digest))) }
}

interface Line<Value> {
  readonly text: string
  readonly value: Value
}

async function* lines<Value>(folder: string, name: LineFile, schema: z.ZodType<Value>): AsyncGenerator<Line<Value>> {
  const file = join(folder, name)
  let [number, rest] = [0, '']
  // Line feeds alone end a line: other signs that end lines elsewhere may stand within texts.
  for await (const part of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    const texts = (rest + String(part)).split('\n')
    rest = texts.pop() ?? ''
    for (const text of texts) yield { text, value: parsed(text, { schema, place: `${file}, line ${++number}` }) }
  }
}

function parsed<Value>(
  text: string,
  { schema, place }: { readonly schema: z.ZodType<Value>; readonly place: string },
): Value {
  let why: string
  try {
    const read = schema.safeParse(JSON.parse(text))
    if (read.success) return read.data
    why = `${read.error.issues[0]?.path.join('.')}: ${read.error.issues[0]?.message}`
  } catch (error) {
    why = messageOf(error)
  }
  throw usageFailure('damagedExport', `Cannot read ${place}: ${why}`)
}

/** @throws {Failure} `cli/damagedExport` */
async function holdLines(file: string, { digest }: { readonly digest: string }): Promise<void> {
  const found = await fileDigest(file).catch((error: unknown) => {
    throw usageFailure('damagedExport', `Cannot read '${file}': ${messageOf(error)}`, { cause: error })
  })
  if (found !== digest)
    throw usageFailure('damagedExport', `Cannot read '${file}': its bytes are not those that were exported`, {
      details: { file, expected: digest, found },
    })
}

/** @throws {Failure} `cli/damagedExport` */
async function holdBytes(folder: string, { path, digest, sizeBytes }: ListedFile): Promise<void> {
  const file = artifactFile(folder, digest)
  const size = (await stat(file).catch(() => undefined))?.size
  const isWhole = size === sizeBytes && (await fileDigest(file)) === digest
  if (!isWhole)
    throw usageFailure(
      'damagedExport',
      `Cannot read '${file}', which is the artifact '${path}': ${size === undefined ? 'it is missing' : 'its bytes are not those that were exported'}`,
      { details: { file, path, digest } },
    )
}

const originTag = 'millrace.origin'
const pointsAtOnce = 5000
