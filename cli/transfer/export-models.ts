import type { components } from '#sdk'
import type { ReachableConnection } from '../connect.ts'
import { experimentWord } from './export-folder.ts'
import { addressWithin } from './places.ts'
import { sortedBy, sortedPairs } from './sorted.ts'
import { sent } from './store-target.ts'
import type { ExportWriter } from './write-export.ts'

type Schemas = components['schemas']

/** Writes registered models with those of their versions that point into the experiment. */
export async function exportModels(
  {
    connection,
    experiment,
    writer,
  }: {
    readonly connection: ReachableConnection
    readonly experiment: Schemas['Experiment']
    readonly writer: ExportWriter
  },
  { runs, models }: { readonly runs: ReadonlySet<string>; readonly models: ReadonlySet<string> },
): Promise<void> {
  const location = experiment.artifactLocation
  const within = (address: string): string => addressWithin(address, { location, word: experimentWord })
  const pointing = new Map<string, object[]>()
  for (const filter of ['', promptsFilter])
    for (let offset: number | null = 0; offset !== null;) {
      const page: { versions: Schemas['FoundVersion'][]; nextOffset: number | null } = await sent(
        'list versions',
        connection.api.POST('/api/v1/model-versions/search', {
          body: { filter, orderBy: ['name ASC', 'version_number ASC'], offset, limit: 1000 },
        }),
      )
      for (const version of page.versions) {
        if (version.kind === 'system') continue
        const { kind: _, name, aliases: __, ...fields } = version
        const [source, storageLocation] = [within(version.source), within(version.storageLocation)]
        const isWithin = runs.has(version.run) || models.has(version.loggedModel) || source !== version.source
        if (!isWithin && storageLocation === version.storageLocation) continue
        const list = pointing.get(name) ?? []
        list.push({ ...fields, source, storageLocation, tags: sortedPairs(version.tags) })
        pointing.set(name, list)
      }
      offset = page.nextOffset
    }
  for (const name of [...pointing.keys()].sort()) {
    const versions = pointing.get(name) as { version: number }[]
    const numbers = new Set(versions.map(({ version }) => version))
    const model = await modelNamed(connection, name)
    if (!model) continue
    const { kind: _, ...fields } = model
    const aliases = sortedBy(
      model.aliases.filter(({ version }) => numbers.has(version)),
      ({ alias }) => alias,
    )
    await writer.add('models.jsonl', { ...fields, tags: sortedPairs(model.tags), aliases, versions })
  }
}

async function modelNamed({ api }: ReachableConnection, name: string): Promise<Schemas['FoundModel'] | undefined> {
  for (const filter of ['', promptsFilter]) {
    const { models } = await sent('read a model', api.POST('/api/v1/models/search', { body: { name, filter } }))
    const found = models.find(({ kind }) => kind === 'registered')
    if (found) return found
  }
  return undefined
}

const promptsFilter = "tags.`mlflow.prompt.is_prompt` = 'true'"
