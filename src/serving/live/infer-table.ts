import { routeRelease } from '#deployment'
import type { Table, Workspace } from '#platform'
import { fail } from '../failures.ts'
import type { LoggedPrediction } from '../schema.ts'
import type { ScoredTable } from '../score-table.ts'
import { failuresOf, logged, type Context } from './answer-rows.ts'
import type { Arms } from './arms.ts'
import type { OpenVersion } from './open-version.ts'

/** Rows of model inputs that one version answered. */
export interface InferredTable {
  readonly version: OpenVersion
  readonly scored: ScoredTable
  /** Names the first row in the log. */
  readonly id: string
  readonly answers: readonly LoggedPrediction[]
  /** What a challenger failed at: evidence for its release. */
  readonly failures: readonly LoggedPrediction[]
}

export interface InferTableOptions {
  readonly arms: Arms
  /** The inputs of the model by column, as they are: nothing is looked up. */
  readonly table: Table
  readonly requestId: string | null
  /** Number of the version that is to answer; as the release says where null. */
  readonly number: number | null
  readonly nextId: () => string
}

/**
 * Answers rows of model inputs, all by one version: the one asked for, or the one that the release gives the request to.
 * Where the challenger fails, the champion answers, and the failure is kept as evidence.
 * @throws {Failure} `serving/unknownModel` for a version that does not serve, and those of the champion
 */
export async function inferTable(
  workspace: Workspace,
  { arms, table, requestId, number, nextId }: InferTableOptions,
): Promise<InferredTable> {
  const { champion, challenger, route } = arms
  const id = nextId()
  const { rowCount } = table
  const places = Array.from({ length: rowCount }, (_, row) => row)
  const { keeps, timeoutMs, withheld } = champion.policy()
  const deadlineMs = performance.now() + timeoutMs
  const context: Context = {
    deadlineMs,
    keeps,
    isPrivate: withheld.size > 0,
    ids: rowCount === 1 ? [id] : places.map((row) => `${id}-${row}`),
    requestId,
    keys: null,
    release: route.release,
    atMs: workspace.clock.now(),
  }
  const keep = (version: OpenVersion, scored: ScoredTable): LoggedPrediction[] => {
    const arm = version === challenger ? 'challenger' : 'champion'
    const answers = logged(version, { table, scored, places, arm, context })
    return places.map((row) => answers.get(row) as LoggedPrediction)
  }
  const failed: LoggedPrediction[] = []
  if (challenger && isAsked(challenger, { arms, number, id })) {
    try {
      const scored = await challenger.score(table, deadlineMs)
      return {
        version: challenger,
        scored,
        id: context.ids[0] as string,
        answers: keep(challenger, scored),
        failures: [],
      }
    } catch (error) {
      if (number !== null) throw error
      const { id: versionId } = challenger.version
      failed.push(...failuresOf(workspace, context, { places, arm: 'challenger', versionId, error }))
    }
  } else if (number !== null && number !== champion.version.number)
    throw fail(
      'unknownModel',
      `Request for unknown model: version ${number} of '${champion.version.system}' does not serve`,
    )
  const scored = await champion.score(table, deadlineMs)
  return { version: champion, scored, id: context.ids[0] as string, answers: keep(champion, scored), failures: failed }
}

function isAsked(
  challenger: OpenVersion,
  { arms, number, id }: { readonly arms: Arms; readonly number: number | null; readonly id: string },
): boolean {
  if (number !== null) return challenger.version.number === number
  return arms.route.release !== null && routeRelease(arms.route.release, id) === 'challenger'
}
