import { answerOf } from '../answer.ts'
import type { CommandDefinition } from '../command.ts'
import { connect, type Connection } from '../connect.ts'
import { say, sayJson } from '../print.ts'
import { runStages } from '../progress.ts'
import { usageFailure } from '../usage-failure.ts'

export const run: CommandDefinition = {
  usage: 'run <system>',
  about: 'Turn the loop now: pull, check, train, judge, release',
  example: 'millrace run flight-delay',
  options: [['--key <text>', 'the same key starts one turn for ever, also after a crash']],
  run: async ({ words, options, json, store }) => {
    await using connection = await connect(store, { worker: true })
    const name = words[0] as string
    const state = { turn: undefined as TurnView | undefined }
    await runStages(
      [
        {
          title: `Turn the loop of ${name}`,
          run: async (_, tell) =>
            void (state.turn = await turnOnce(connection, { name, key: options['key'] as string | undefined, tell })),
        },
      ],
      state,
      { quiet: json },
    )
    if (json) sayJson(state.turn)
    else say(outcomeText(name, state.turn as TurnView))
    return 0
  },
}

/** What the API says of a turn. */
export interface TurnView {
  readonly id: string
  readonly state: string
  readonly steps: readonly { readonly name: string; readonly state: string }[]
  readonly output?: unknown
  readonly error: { readonly code: string; readonly message: string } | null
}

/**
 * Starts a turn and waits for its end.
 * @param options.again starts another one where that of the key has failed before: the world may have been mended since
 * @throws {Failure} `cli/runFailed` with what ended it
 */
export async function turnOnce(
  { api }: Pick<Connection, 'api'>,
  {
    name,
    key,
    again = false,
    tell,
  }: {
    readonly name: string
    readonly key?: string | undefined
    readonly again?: boolean
    readonly tell: (text: string) => void
  },
): Promise<TurnView> {
  const start = (body: { key?: string }): Promise<TurnView> =>
    answerOf(api.POST('/api/v1/systems/{name}/turns', { params: { path: { name } }, body }))
  let turn = await start(key === undefined ? {} : { key })
  if (again && ended.has(turn.state) && turn.state !== 'done') turn = await start({})
  while (!ended.has(turn.state)) {
    await new Promise((resolve) => setTimeout(resolve, 250))
    turn = await answerOf(api.GET('/api/v1/systems/{name}/turns/{id}', { params: { path: { name, id: turn.id } } }))
    tell(turn.steps.findLast((step) => step.state === 'working')?.name ?? turn.state)
  }
  if (turn.state === 'done') return turn
  throw usageFailure('runFailed', `Cannot finish the turn of '${name}': ${turn.error?.message ?? turn.state}`, {
    details: { turn: turn.id, code: turn.error?.code },
  })
}

const ended: ReadonlySet<string> = new Set(['done', 'failed', 'cancelled'])

/** A turn's result for a person. */
export function outcomeText(name: string, turn: TurnView): string {
  const output = turn.output as {
    findings: readonly string[]
    chosen: string | null
    versionNumber: number | null
    passed: boolean | null
    retrain: string
  }
  return [
    ...output.findings.map((finding) => `⚠ ${finding}`),
    output.chosen === null
      ? `Nothing to train: ${output.retrain}`
      : `${output.chosen} was chosen and ${output.passed ? `became version ${output.versionNumber}` : 'refused by a gate'}`,
    '',
    `Next: millrace status ${name}`,
  ].join('\n')
}
