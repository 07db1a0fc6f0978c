import { createHash } from 'node:crypto'
import { exchange } from '#platform'
import type { components } from '#sdk'
import type { ReachableConnection } from '../connect.ts'
import { experimentNamed } from '../experiment-named.ts'
import { bytesOf, connectionLost, fileAddress, folderOf } from './artifact-address.ts'
import { exportModels } from './export-models.ts'
import type { ListedFile, Manifest } from './export-folder.ts'
import { sortedBy, sortedPairs } from './sorted.ts'
import { filesAt, sent } from './store-target.ts'
import { openExport, type ExportWriter } from './write-export.ts'

type Schemas = components['schemas']
type Run = Schemas['RunRecord']

/** What was written. */
export interface Exported {
  readonly manifest: Manifest
  readonly experiment: Schemas['Experiment']
  runs: number
  points: number
  files: number
  /** Files that the folder had already. */
  filesThere: number
  readonly notes: string[]
}

/**
 * Writes an experiment into a folder: the same experiment gives the same bytes.
 * @throws {Failure} `cli/nothingFound`, `cli/wontOverwrite`, `cli/connectionLost`
 */
export async function exportExperiment(
  connection: ReachableConnection,
  {
    experiment: name,
    folder,
    tell,
  }: { readonly experiment: string; readonly folder: string; readonly tell: (text: string) => void },
): Promise<Exported> {
  const experiment = await experimentNamed(connection, name)
  const writer = await openExport(folder, experiment.name)
  const made = { experiment, runs: 0, points: 0, files: 0, filesThere: 0, notes: [] as string[] }
  const work: Work = { connection, experiment, writer, made, tell }
  try {
    const runs = new Set<string>()
    for await (const { id } of runsOf(work)) {
      runs.add(id)
      await writeRun(work, id)
    }
    const models = await writeLoggedModels(work)
    await exportModels(work, { runs, models })
    const location = experiment.artifactLocation
    const manifest = await writer.finish({
      name: experiment.name,
      state: experiment.state,
      createdAtMs: experiment.createdAtMs,
      updatedAtMs: experiment.updatedAtMs,
      ...(folderOf(location) === null && { artifactLocation: location }),
      tags: sortedPairs(experiment.tags),
    })
    return { ...made, manifest }
  } catch (error) {
    await writer.abandon().catch(() => undefined)
    throw error
  }
}

interface Work {
  readonly connection: ReachableConnection
  readonly experiment: Schemas['Experiment']
  readonly writer: ExportWriter
  readonly made: Omit<Exported, 'manifest'>
  readonly tell: (text: string) => void
}

/** Runs in the order of their beginnings, deleted ones too. */
async function* runsOf({ connection, experiment }: Work): AsyncGenerator<Schemas['FoundRun']> {
  for (let offset: number | null = 0; offset !== null;) {
    const body = {
      experiments: [experiment.id],
      states: ['active', 'deleted'] as ('active' | 'deleted')[],
      orderBy: ['attributes.start_time ASC', 'attributes.run_id ASC'],
      offset,
      limit: 200,
    }
    const page: { runs: Schemas['FoundRun'][]; nextOffset: number | null } = await sent(
      'list runs',
      connection.api.POST('/api/v1/runs/search', { body }),
    )
    yield* page.runs
    offset = page.nextOffset
  }
}

async function writeRun(work: Work, id: string): Promise<void> {
  const { connection, writer, made, tell } = work
  const call = connection.api.GET('/api/v1/runs/{id}', { params: { path: { id } } })
  const run = await sent(`read the run ${id}`, call)
  const history = await writeHistories(work, run)
  const files = await keepFiles(work, { of: `run ${id}`, artifactUri: run.artifactUri })
  await writer.add('runs.jsonl', {
    id: run.id,
    name: run.name,
    user: run.user,
    status: run.status,
    state: run.state,
    startedAtMs: run.startedAtMs,
    finishedAtMs: run.finishedAtMs,
    params: sortedPairs(run.params),
    tags: sortedPairs(run.tags),
    datasets: sortedBy(run.datasets, ({ name, digest }) => `${name}\n${digest}`),
    models: sortedBy(run.models, (link) => `${link.direction} ${link.id}`),
    origin: run.origin,
    history,
    files,
  })
  made.runs++
  tell(`${made.runs} runs, ${made.files} files`)
}

/** @returns how many lines and values they are, and the digest of the lines */
async function writeHistories({ connection, writer, made }: Work, run: Run) {
  const hash = createHash('sha256')
  let [lines, points] = [0, 0]
  for (let offset: number | null = run.metrics.length > 0 ? 0 : null; offset !== null;) {
    const params = { path: { id: run.id }, query: { offset, limit: 5000 } }
    const page: { metrics: Schemas['MetricHistory'][]; nextOffset: number | null } = await sent(
      `read the run ${run.id}`,
      connection.api.GET('/api/v1/runs/{id}/history', { params }),
    )
    for (const metric of page.metrics) {
      const line = { run: run.id, metric: metric.name, points: metric.points }
      hash.update(`${JSON.stringify(line)}\n`)
      await writer.add('metrics.jsonl', line)
      lines++
      points += metric.points.length
    }
    offset = page.nextOffset
  }
  made.points += points
  return { lines, points, digest: hash.digest('hex') }
}

/** Keeps the files at an address. @returns them by path */
async function keepFiles(
  { connection, writer, made, tell }: Work,
  { of, artifactUri }: { readonly of: string; readonly artifactUri: string },
): Promise<readonly ListedFile[]> {
  const folder = folderOf(artifactUri)
  if (folder === null) {
    made.notes.push(`The files of ${of} stay where they are: ${artifactUri}`)
    return []
  }
  const files = await filesAt(connection, artifactUri)
  for (const file of files) {
    const wasRead = await writer.keep(file, () => download(connection, `${folder}/${file.path}`))
    if (wasRead) made.files++
    else made.filesThere++
    tell(`${file.path} of ${of}`)
  }
  return sortedBy(files, ({ path }) => path).map(({ path, sizeBytes, digest }) => ({ path, sizeBytes, digest }))
}

async function download({ url, headers }: ReachableConnection, path: string): Promise<AsyncIterable<Uint8Array>> {
  const attempt = `read '${path}'`
  const answer = await exchange(new Request(fileAddress(url, path), { headers })).catch((error: unknown) => {
    throw connectionLost(attempt, error)
  })
  if (answer.statusCode !== 200) {
    answer.destroy()
    throw connectionLost(attempt, new Error(`the server answered ${answer.statusCode}`))
  }
  return bytesOf(answer, attempt)
}

/** @returns their ids */
async function writeLoggedModels(work: Work): Promise<ReadonlySet<string>> {
  const { connection, experiment, writer } = work
  const ids = new Set<string>()
  for (let offset: number | null = 0; offset !== null;) {
    const query = { experiment: experiment.id, offset, limit: 100 }
    const page: { models: Schemas['LoggedModel'][]; nextOffset: number | null } = await sent(
      'list logged models',
      connection.api.GET('/api/v1/logged-models', { params: { query } }),
    )
    for (const { artifactUri, ...model } of page.models) {
      ids.add(model.id)
      const files = await keepFiles(work, { of: `logged model ${model.id}`, artifactUri })
      await writer.add('logged-models.jsonl', {
        ...model,
        tags: sortedPairs(model.tags),
        params: sortedPairs(model.params),
        metrics: sortedBy(model.metrics, (one) => JSON.stringify(one)),
        files,
      })
    }
    offset = page.nextOffset
  }
  return ids
}
