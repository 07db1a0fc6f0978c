import type { components } from '#sdk'
import { answerOf } from '../../answer.ts'
import type { CommandDefinition } from '../../command.ts'
import { connect, type Connection } from '../../connect.ts'
import { numberOption } from '../../number-option.ts'
import { allPages } from '../../paging.ts'
import { say, sayJson } from '../../print.ts'
import { momentText, shortNumber, tableText } from '../../table.ts'
import { usageFailure } from '../../usage-failure.ts'

type FoundVersion = components['schemas']['FoundVersion']

export const listVersions: CommandDefinition = {
  group: 'versions',
  usage: 'list [model]',
  about: 'List versions of a model, or of all, those of systems first',
  example: `millrace versions list churn --filter "tags.reviewed = 'yes'"`,
  options: [
    ['--filter <filter>', "as MLflow's, over what clients registered: version_number, run_id, tags.NAME"],
    ['--order <order>', 'such as "version_number desc"'],
    ['--limit <number>', 'at most so many', '50'],
  ],
  run: async ({ words, options, json, store }) => {
    const most = numberOption(options, 'limit', { max: 1_000_000 }) ?? 50
    await using connection = await connect(store)
    const [name] = words
    const { filter = '', order } = options as Readonly<Record<string, string | undefined>>
    const orderBy = order?.split(',') ?? []
    const found = await foundVersions(connection, { ...(name !== undefined && { name }), filter, orderBy, most })
    const [first] = found
    if (json) sayJson(found)
    else if (first) say(`${versionsText(found)}\n\nNext: millrace versions show ${first.name} ${first.version}`)
    else say('No version matches\n\nNext: millrace models list')
    return 0
  },
}

export const showVersion: CommandDefinition = {
  group: 'versions',
  usage: 'show <model> <version>',
  about: 'Show a version of a model: where it comes from, how good it is, what it is called',
  example: 'millrace versions show churn 3',
  run: async ({ words, json, store }) => {
    await using connection = await connect(store)
    const [name = '', number = ''] = words
    const all = await foundVersions(connection, { name, most: Number.MAX_SAFE_INTEGER })
    const found = all.filter(({ version, aliases }) => String(version) === number || aliases.includes(number))
    if (found.length === 0)
      throw usageFailure(
        'nothingFound',
        `Cannot find version '${number}' of '${name}': it has ${all.length} versions, none of this number or alias`,
        {
          remedy: `List them: 'millrace versions list ${name}'`,
        },
      )
    if (json) sayJson(found)
    else {
      say(found.map(versionText).join('\n\n'))
      const run = found[0]?.run
      if (run) say(`\nNext: millrace runs show ${run}`)
    }
    return 0
  },
}

/** What is looked for among models, or among versions. */
export interface RegistrySearch {
  readonly name?: string
  readonly filter?: string
  readonly orderBy?: readonly string[]
  readonly most: number
}

/** Versions that match, of systems and of clients. */
export function foundVersions(
  { api }: Connection,
  { most, orderBy = [], ...search }: RegistrySearch,
): Promise<readonly FoundVersion[]> {
  return allPages(
    async (page) => {
      const body = { ...search, orderBy: [...orderBy], ...page }
      const { versions, nextOffset } = await answerOf(api.POST('/api/v1/model-versions/search', { body }))
      return { items: versions, nextOffset }
    },
    { most },
  )
}

/** Versions as a table. */
export const versionsText = (versions: readonly FoundVersion[]): string =>
  tableText(
    ['model', 'version', 'of', 'state', 'aliases', 'made', 'run'],
    versions.map((version) => [
      version.name,
      String(version.version),
      version.kind === 'system' ? 'system' : 'clients',
      version.kind === 'system'
        ? version.state
        : `${version.status}${version.stage === 'None' ? '' : `, ${version.stage}`}`,
      version.aliases.join(', '),
      momentText(version.createdAtMs),
      version.run,
    ]),
    { whole: ['model', 'version'] },
  )

function versionText(version: FoundVersion): string {
  const rows =
    version.kind === 'system'
      ? [
          ['of', 'system'],
          ['state', version.state],
          ['candidate', version.candidate],
          ...version.metrics.map(({ name, value, low, high }) => [
            name,
            `${shortNumber(value)} (${shortNumber(low)} to ${shortNumber(high)})`,
          ]),
        ]
      : [
          ['of', 'clients'],
          ['state', version.statusMessage ? `${version.status}: ${version.statusMessage}` : version.status],
          ['stage', version.stage],
          ['description', version.description || '–'],
          ['source', version.source],
          ['logged model', version.loggedModel || '–'],
          ...version.tags.map(({ name, value }) => [`tag ${name}`, value]),
        ]
  return tableText(
    ['version', `${version.version} of ${version.name}`],
    [
      ...rows,
      ['aliases', version.aliases.join(', ') || '–'],
      ['made', momentText(version.createdAtMs)],
      ['run', version.run || '–'],
    ],
  )
}
