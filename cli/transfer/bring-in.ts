import { messageOf } from '#platform'
import type { ReachableConnection } from '../connect.ts'
import type { ExperimentSource, LoggedModelParts, RunParts, SourceFile } from './parts.ts'
import { addressHere, type Places } from './places.ts'
import type { Report } from './report.ts'
import { endsAll, filesAt, sent, storeFile } from './store-target.ts'

/** Where an experiment is brought in, and what is known of what was brought in before. */
export interface Target {
  readonly connection: ReachableConnection
  readonly places: Places
  readonly report: Report
  readonly tell: (text: string) => void
}

/**
 * Brings an experiment in: each run with its histories and files, then its logged models. What is there whole is left as it
 * is, so that one that was interrupted is gone on with by doing it again.
 * @param options.name of the experiment here; its own where absent
 * @throws {Failure} `tracking/ownRecord`, `cli/connectionLost`, `cli/damagedExport`
 */
export async function bringIn(
  target: Target,
  source: ExperimentSource,
  options: { readonly name?: string | undefined } = {},
): Promise<void> {
  const { api } = target.connection
  const body = { ...source.experiment, name: options.name ?? source.experiment.name }
  const experiment = await sent(`bring in '${body.name}'`, api.POST('/api/v1/imports', { body }))
  target.places.locations.set(source.artifactLocation, experiment.artifactLocation)
  target.report.experiments.push({ name: experiment.name, here: experiment.id })
  const here = { ...target, id: experiment.id, artifactLocation: experiment.artifactLocation, source }
  for await (const chunk of chunked(source.runs(), runsAtOnce)) {
    const whole = await learnIds(here, chunk)
    for (const parts of chunk) {
      if (whole.get(parts.run.id) === parts.print) target.report.runsThere++
      else await orNote(target, `run ${parts.run.id}`, () => bringRun(here, parts))
      target.tell(`${target.report.runs + target.report.runsThere} runs, ${target.report.files} files`)
    }
  }
  for await (const parts of source.loggedModels())
    await orNote(target, `logged model ${parts.model.id}`, () => bringLoggedModel(here, parts))
}

interface Here extends Target {
  readonly id: string
  readonly artifactLocation: string
  readonly source: ExperimentSource
}

/** Asks for the ids that some runs and what they name have here. @returns what each run was completed with before */
async function learnIds(here: Here, chunk: readonly RunParts[]): Promise<ReadonlyMap<string, string | null>> {
  const { runs, models } = here.places
  const own = chunk.map(({ run }) => run.id)
  const parents = new Set<string>()
  for (const { run } of chunk) {
    const parent = run.tags.find(({ name }) => name === parentTag)?.value
    if (parent !== undefined && !runs.has(parent) && idForm.test(parent) && (await here.source.holdsRun(parent)))
      parents.add(parent)
  }
  const linked = new Set(chunk.flatMap(({ run }) => run.models.map(({ id }) => id)).filter((id) => !models.has(id)))
  const found = await askIds(here, { runs: [...new Set([...own, ...parents])], loggedModels: [...linked] })
  for (const { id, here: known } of found.runs) runs.set(id, known)
  for (const { id, here: known } of found.loggedModels) models.set(id, known)
  return new Map(found.runs.map(({ id, print }) => [id, print]))
}

const askIds = (here: Here, body: { readonly runs: string[]; readonly loggedModels: string[] }) => {
  const params = { path: { experiment: here.id } }
  return sent('bring in runs', here.connection.api.POST('/api/v1/imports/{experiment}/ids', { params, body }))
}

async function bringRun(here: Here, { run, print, ...parts }: RunParts): Promise<void> {
  const { api } = here.connection
  const id = here.places.runs.get(run.id) as string
  const attempt = `bring in the run ${run.id}`
  const path = { experiment: here.id, run: id }
  const body = {
    ...run,
    id,
    tags: [
      ...run.tags.map(({ name, value }) => ({ name, value: tagHere(name, value, here.places) })),
      ...(id === run.id ? [] : [{ name: importedFromTag, value: run.id }]),
    ],
    models: run.models.map((link) => ({ ...link, id: here.places.models.get(link.id) ?? link.id })),
  }
  await sent(attempt, api.POST('/api/v1/imports/{experiment}/runs', { params: { path }, body }))
  for await (const histories of parts.histories()) {
    const metrics = [...histories]
    await sent(
      attempt,
      api.POST('/api/v1/imports/{experiment}/runs/{run}/history', { params: { path }, body: { metrics } }),
    )
    here.report.points += metrics.reduce((sum, { points }) => sum + points.length, 0)
  }
  if (parts.filesStay !== null) here.report.notes.push({ what: `files of run ${run.id}`, why: parts.filesStay })
  const isWhole = await bringFiles(here, {
    of: `run ${run.id}`,
    artifactUri: `${here.artifactLocation}/${id}/artifacts`,
    files: parts.files(),
  })
  if (isWhole)
    await sent(attempt, api.PUT('/api/v1/imports/{experiment}/runs/{run}', { params: { path }, body: { print } }))
  here.report.runs++
}

async function bringLoggedModel(here: Here, { model, ...parts }: LoggedModelParts): Promise<void> {
  const { runs, models } = here.places
  const [found] = (await askIds(here, { runs: [], loggedModels: [model.id] })).loggedModels
  const id = found?.here ?? model.id
  models.set(model.id, id)
  const old = id === model.id ? [] : [{ name: importedFromTag, value: model.id }]
  const body = {
    ...model,
    id,
    sourceRun: runs.get(model.sourceRun) ?? model.sourceRun,
    tags: [...model.tags, ...old],
    metrics: model.metrics.map((point) => ({ ...point, run: runs.get(point.run) ?? point.run })),
  }
  const params = { path: { experiment: here.id } }
  const call = here.connection.api.POST('/api/v1/imports/{experiment}/logged-models', { params, body })
  const { artifactUri, leftOut } = await sent(`bring in the logged model ${model.id}`, call)
  if (leftOut > 0)
    here.report.notes.push({
      what: `logged model ${model.id}`,
      why: `${leftOut} values of metrics are of runs that are not here`,
    })
  if (parts.filesStay !== null)
    here.report.notes.push({ what: `files of logged model ${model.id}`, why: parts.filesStay })
  await bringFiles(here, { of: `logged model ${model.id}`, artifactUri, files: parts.files() })
  here.report.loggedModels++
}

/** @returns whether all came */
async function bringFiles(
  here: Here,
  {
    of,
    artifactUri,
    files,
  }: { readonly of: string; readonly artifactUri: string; readonly files: AsyncIterable<SourceFile> },
): Promise<boolean> {
  let held: Map<string, { readonly sizeBytes: number; readonly digest: string }> | undefined
  const before = here.report.failures.length
  for await (const file of files) {
    held ??= new Map((await filesAt(here.connection, artifactUri)).map((one) => [one.path, one]))
    const there = held.get(file.path)
    await orNote(here, `'${file.path}' of ${of}`, async () => {
      const stored = await storeFile(here.connection, { artifactUri, file, there })
      if (stored === 'stored') here.report.files++
      else here.report.filesThere++
    })
    here.tell(`${file.path} of ${of}`)
  }
  return here.report.failures.length === before
}

/** Does one thing of many: what is refused is noted, and the others go on. */
async function orNote({ report }: Target, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (endsAll(error)) throw error
    report.failures.push({ what, why: messageOf(error) })
  }
}

/** A tag as it is here: some name runs and addresses. */
function tagHere(name: string, value: string, places: Places): string {
  if (name === parentTag) return places.runs.get(value) ?? value
  return name === 'mlflow.artifactUri' ? addressHere(value, places) : value
}

async function* chunked<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<readonly Item[]> {
  let chunk: Item[] = []
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

const parentTag = 'mlflow.parentRunId'
const importedFromTag = 'millrace.importedFrom'
const idForm = /^[\w-]{1,100}$/
const runsAtOnce = 100
