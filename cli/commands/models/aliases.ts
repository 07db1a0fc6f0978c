import { answerOf } from '../../answer.ts'
import type { CommandDefinition } from '../../command.ts'
import { connect } from '../../connect.ts'
import { say, sayJson } from '../../print.ts'
import { tableText } from '../../table.ts'
import { usageFailure } from '../../usage-failure.ts'
import { foundVersions } from './versions.ts'

export const listAliases: CommandDefinition = {
  group: 'aliases',
  usage: 'list [model]',
  about: 'List the names that versions are reached by',
  example: 'millrace aliases list churn',
  run: async ({ words, json, store }) => {
    await using connection = await connect(store)
    const [name] = words
    const search = { ...(name !== undefined && { name }), most: Number.MAX_SAFE_INTEGER }
    const found = (await foundVersions(connection, search)).flatMap(({ kind, name: model, version, aliases }) =>
      aliases.map((alias) => ({ model, alias, version, kind })),
    )
    if (json) sayJson(found)
    else if (found.length === 0) say('No version has an alias\n\nNext: millrace aliases set <model> <alias> <version>')
    else {
      const rows = found.map(({ model, alias, version, kind }) => [
        model,
        alias,
        String(version),
        kind === 'system' ? 'system' : 'clients',
      ])
      say(tableText(['model', 'alias', 'version', 'of'], rows))
    }
    return 0
  },
}

export const setAlias: CommandDefinition = {
  group: 'aliases',
  usage: 'set <model> <alias> <version>',
  about: 'Give a name to a version of a registered model, in the place of the one that has it',
  example: 'millrace aliases set churn champion 3',
  run: async ({ words, json, store }) => {
    const [name = '', alias = '', number = ''] = words
    if (!/^[1-9]\d{0,8}$/.test(number))
      throw usageFailure('badRow', `Cannot give '${alias}' to version '${number}': it is no number of a version`, {
        remedy: `List them: 'millrace versions list ${name}'`,
      })
    await using connection = await connect(store)
    const body = { name, alias, version: Number(number) }
    const set = await answerOf(connection.api.PUT('/api/v1/model-aliases', { body }))
    if (json) sayJson(set)
    else say(`'${alias}' of ${name} is version ${number}\n\nNext: millrace versions show ${name} ${alias}`)
    return 0
  },
}

export const deleteAlias: CommandDefinition = {
  group: 'aliases',
  usage: 'delete <model> <alias>',
  about: 'Take a name away; one that is not there is as good as taken away',
  example: 'millrace aliases delete churn challenger',
  run: async ({ words, json, store }) => {
    const [name = '', alias = ''] = words
    await using connection = await connect(store)
    await answerOf(connection.api.DELETE('/api/v1/model-aliases', { params: { query: { name, alias } } }))
    if (json) sayJson({ name, alias })
    else say(`No version of ${name} is '${alias}' any more`)
    return 0
  },
}
