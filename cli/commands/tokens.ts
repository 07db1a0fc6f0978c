import { InvalidArgumentError } from 'commander'
import { roles, scopes } from '#governance'
import { durationMs, iso, systemClock } from '#platform'
import type { components, Millrace } from '#sdk'
import { answerOf } from '../answer.ts'
import { choiceOption, choicesOption } from '../choice-option.ts'
import type { CommandCall, CommandDefinition } from '../command.ts'
import { connect } from '../connect.ts'
import { durationOption } from '../duration-option.ts'
import { say, sayJson } from '../print.ts'

type Token = components['schemas']['Token']

export const tokens: CommandDefinition = {
  usage: 'tokens <action> [id]',
  about: "Make, list and revoke the tokens by which programs call the server: 'create', 'list' or 'revoke ID'",
  example: 'millrace tokens create --name ci --role operator --project team-a --expires 30d',
  options: [
    ['--name <name>', 'who calls by it, as the decision log will say'],
    ['--role <role>', 'viewer, operator or admin'],
    ['--scope <permissions>', 'permissions beyond its role, between commas: run:read,run:write'],
    ['--project <name>', 'the project that it is bound to; none where absent'],
    ['--expires <duration>', 'how long it is good for, such as 30d; for ever where absent'],
  ],
  run: async (call) => {
    const { words, json, store } = call
    const [action = '', id] = words
    const act = actions.get(action)
    if (!act || (action === 'revoke') !== (id !== undefined))
      throw new InvalidArgumentError(`error: expected 'create', 'list' or 'revoke ID', not '${words.join(' ').trim()}'`)
    const order = action === 'create' ? orderOf(call) : undefined
    await using connection = await connect(store)
    await act({ api: connection.api, id: id ?? '', order: order as Order, json })
    return 0
  },
}

interface Action {
  readonly api: Millrace
  readonly id: string
  readonly order: Order
  readonly json: boolean
}

const actions: ReadonlyMap<string, (call: Action) => Promise<void>> = new Map([
  [
    'create',
    async ({ api, order, json }) => {
      const made = await answerOf(api.POST('/api/v1/tokens', { body: order }))
      if (json) sayJson(made)
      else
        say(
          `${made.token}\n\n${line(made)}\n\nKeep it now: it is not shown again. The command line sends it as MILLRACE_TOKEN, clients of MLflow as MLFLOW_TRACKING_TOKEN`,
        )
    },
  ],
  [
    'list',
    async ({ api, json }) => {
      const found = await answerOf(api.GET('/api/v1/tokens'))
      if (json) sayJson(found)
      else say(found.length === 0 ? 'There is no token yet' : found.map(line).join('\n'))
    },
  ],
  [
    'revoke',
    async ({ api, id, json }) => {
      const revoked = await answerOf(api.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } }))
      if (json) sayJson(revoked)
      else say(`${line(revoked)}\n\nEvery process refuses it within seconds`)
    },
  ],
])

/** What a new token is to be. */
type Order = ReturnType<typeof orderOf>

function orderOf({ options }: CommandCall) {
  const { name, project } = options as Readonly<Record<string, string | undefined>>
  if (name === undefined) throw new InvalidArgumentError("error: a token needs a name: '--name ci'")
  const role = choiceOption(options, 'role', roles)
  const granted = choicesOption(options, 'scope', scopes)
  const expires = durationOption(options, 'expires')
  return {
    name,
    ...(role && { role }),
    ...(granted && { scopes: [...granted] }),
    ...(project !== undefined && { project }),
    ...(expires && { expiresAt: iso(systemClock.now() + durationMs(expires)) }),
  }
}

function line({ id, name, role, scopes, project, expiresAt, revokedAt, lastUsedAt }: Token): string {
  const may = [role, ...scopes].filter((one) => one !== null).join(',')
  const state = revokedAt ? `revoked ${revokedAt}` : expiresAt ? `expires ${expiresAt}` : 'never expires'
  const used = lastUsedAt ? `used ${lastUsedAt}` : 'not used yet'
  return `${id}  ${name}  ${may}  ${project === null ? 'any project' : `project ${project}`}  ${state}  ${used}`
}
