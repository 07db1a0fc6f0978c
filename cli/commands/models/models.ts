import type { components } from '#sdk'
import { answerOf } from '../../answer.ts'
import type { CommandDefinition } from '../../command.ts'
import { connect, type Connection } from '../../connect.ts'
import { numberOption } from '../../number-option.ts'
import { allPages } from '../../paging.ts'
import { say, sayJson } from '../../print.ts'
import { momentText, tableText } from '../../table.ts'
import { usageFailure } from '../../usage-failure.ts'
import { foundVersions, versionsText, type RegistrySearch } from './versions.ts'

type FoundModel = components['schemas']['FoundModel']

export const searchModels: CommandDefinition = {
  group: 'models',
  usage: 'list',
  alias: 'search',
  about: 'Find models: those that clients registered, and systems that have versions',
  example: `millrace models search --filter "name LIKE 'churn%' and tags.team = 'risk'"`,
  options: [
    ['--filter <filter>', "as MLflow's, over what clients registered: name, tags.NAME"],
    ['--order <order>', 'such as "last_updated_timestamp desc"'],
    ['--limit <number>', 'at most so many', '50'],
  ],
  run: async ({ options, json, store }) => {
    const most = numberOption(options, 'limit', { max: 1_000_000 }) ?? 50
    await using connection = await connect(store)
    const { filter = '', order } = options as Readonly<Record<string, string | undefined>>
    const found = await foundModels(connection, { filter, orderBy: order?.split(',') ?? [], most })
    const [first] = found
    if (json) sayJson(found)
    else if (first) say(`${modelsText(found)}\n\nNext: millrace models show ${first.name}`)
    else say('No model matches')
    return 0
  },
}

export const showModel: CommandDefinition = {
  group: 'models',
  usage: 'show <model>',
  about: 'Show a model: description, tags, aliases and its newest versions',
  example: 'millrace models show churn',
  run: async ({ words, json, store }) => {
    await using connection = await connect(store)
    const name = words[0] as string
    const found = await foundModels(connection, { name, most: 10 })
    if (found.length === 0)
      throw usageFailure(
        'nothingFound',
        `Cannot find the model '${name}': neither a client registered it nor a system made it`,
        {
          remedy: "List them: 'millrace models list'",
        },
      )
    const versions = await foundVersions(connection, { name, most: 20 })
    if (json) sayJson({ models: found, versions })
    else {
      for (const model of found) say(`${modelText(model)}\n`)
      say(`${versionsText(versions)}\n\nNext: millrace versions show ${name} ${versions[0]?.version ?? 1}`)
    }
    return 0
  },
}

/** Models that match, of systems and of clients. */
function foundModels(
  { api }: Connection,
  { most, orderBy = [], ...search }: RegistrySearch,
): Promise<readonly FoundModel[]> {
  return allPages(
    async (page) => {
      const body = { ...search, orderBy: [...orderBy], ...page }
      const { models, nextOffset } = await answerOf(api.POST('/api/v1/models/search', { body }))
      return { items: models, nextOffset }
    },
    { most },
  )
}

const modelsText = (models: readonly FoundModel[]): string =>
  tableText(
    ['model', 'of', 'aliases', 'changed', 'description'],
    models.map((model) => [
      model.name,
      kindNames[model.kind],
      aliasesText(model),
      momentText(model.updatedAtMs),
      model.description,
    ]),
    { whole: ['model'] },
  )

function modelText(model: FoundModel): string {
  return tableText(
    ['model', model.name],
    [
      ['of', kindNames[model.kind]],
      ['description', model.description || '–'],
      ['aliases', aliasesText(model) || '–'],
      ['made', momentText(model.createdAtMs)],
      ['changed', momentText(model.updatedAtMs)],
      ...model.tags.map(({ name, value }) => [`tag ${name}`, value]),
    ],
  )
}

const aliasesText = ({ aliases }: FoundModel): string =>
  aliases.map(({ alias, version }) => `${alias} = ${version}`).join(', ')

const kindNames = { registered: 'clients', system: 'system' } as const
