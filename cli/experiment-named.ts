import type { components } from '#sdk'
import { answerOf } from './answer.ts'
import type { Connection } from './connect.ts'
import { usageFailure } from './usage-failure.ts'

type Experiment = components['schemas']['Experiment']

/** Experiments, the newest first. */
export async function* allExperiments(
  { api }: Connection,
  states: readonly Experiment['state'][],
): AsyncGenerator<Experiment> {
  for (let offset: number | null = 0; offset !== null;) {
    const body = { states: [...states], offset, limit: 1000 }
    const page: { experiments: Experiment[]; nextOffset: number | null } = await answerOf(
      api.POST('/api/v1/experiments/search', { body }),
    )
    yield* page.experiments
    offset = page.nextOffset
  }
}

/**
 * The experiment of a name, or else of an id; a deleted one where no other has it.
 * @throws {Failure} `cli/nothingFound`
 */
export async function experimentNamed(connection: Connection, text: string): Promise<Experiment> {
  const found: Experiment[] = []
  for await (const one of allExperiments(connection, ['active', 'deleted']))
    if (one.name === text || one.id === text) found.push(one)
  const named = found.filter(({ name }) => name === text)
  const best = named.find(({ state }) => state === 'active') ?? found.find(({ id }) => id === text) ?? named[0]
  if (best) return best
  throw usageFailure('nothingFound', `Cannot find the experiment '${text}': the store has none of this name or id`, {
    remedy: "List them: 'millrace runs experiments'",
  })
}
