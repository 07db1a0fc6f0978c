import type { RequestRow } from '#dataset'
import { routeRelease, type Arm, type Release } from '#deployment'
import { cellOf, isFailure, messageOf, takeRows, type Failure, type Json, type Table, type Workspace } from '#platform'
import { fail } from '../failures.ts'
import type { LoggedPrediction } from '../schema.ts'
import type { ScoredTable } from '../score-table.ts'
import type { Arms } from './arms.ts'
import type { OpenVersion, PreparedRequest } from './open-version.ts'

/** What a request gets, and what the log keeps of it. */
export interface AnsweredRows {
  /** In the order of the rows; none where the champion failed. */
  readonly answers: readonly LoggedPrediction[]
  /** What a version failed at: evidence for its release. */
  readonly failures: readonly LoggedPrediction[]
  /** Why there are no answers; null where there are. */
  readonly error: Failure | null
  /** What is unusual about the rows, one sentence each. */
  readonly notes: readonly string[]
}

/**
 * Answers the rows of one request: each by the version that its entity belongs to, without an entity by the
 * prediction's own id. Where the challenger cannot answer, the champion does, and the failure is kept as evidence.
 *
 * @throws {Failure} of the request, as the champion reads it
 */
export async function answerRows(
  workspace: Workspace,
  rows: readonly RequestRow[],
  { arms, requestId }: { readonly arms: Arms; readonly requestId: string | null },
): Promise<AnsweredRows> {
  const { keeps, timeoutMs, withheld } = arms.champion.policy()
  const deadlineMs = performance.now() + timeoutMs
  const prepared = await arms.champion.prepare(rows)
  const ids = rows.map(() => workspace.ids.next('prediction'))
  const { release } = arms.route
  const context = {
    ids,
    requestId,
    keys: prepared.keys,
    release,
    deadlineMs,
    keeps,
    isPrivate: withheld.size > 0,
    atMs: workspace.clock.now(),
  }
  const all = ids.map((_, row) => row)
  const asked = all.filter((row) => armOf(context, row) === 'challenger')
  const challenged = asked.length === 0 ? null : await askChallenger(workspace, { arms, rows, places: asked, context })
  const taken = new Set(challenged?.answers.keys())
  const rest = all.filter((row) => !taken.has(row))
  const failures = challenged?.failures ?? []
  const { notes } = prepared
  try {
    const byChampion = await askChampion(arms.champion, { prepared, places: rest, context })
    const answers = all.map((row) => (challenged?.answers.get(row) ?? byChampion.get(row)) as LoggedPrediction)
    return { answers, failures, error: null, notes }
  } catch (error) {
    const { id, number } = arms.champion.version
    const failed = failuresOf(workspace, context, { places: rest, arm: 'champion', versionId: id, error })
    // Waiting in vain is no mistake of the model: whoever asks may ask again.
    const failure =
      isFailure(error) && error.retry
        ? error
        : fail('modelFailed', `Cannot predict with version ${number}: ${messageOf(error)}`, { cause: error })
    return { answers: [], failures: [...failures, ...failed], error: failure, notes }
  }
}

/** What the predictions of one request have in common. */
export interface Context {
  readonly ids: readonly string[]
  readonly requestId: string | null
  readonly keys: PreparedRequest['keys']
  readonly release: Release | null
  readonly atMs: number
  /** Milliseconds of `performance.now()` after which nobody waits for the answer. */
  readonly deadlineMs: number
  /** Whether the log keeps the prediction of an id. */
  readonly keeps: (predictionId: string) => boolean
  /** Whether inputs are withheld: then what went wrong with them is not told either. */
  readonly isPrivate: boolean
}

function armOf({ ids, keys, release }: Context, row: number): Arm {
  if (!release) return 'champion'
  return routeRelease(release, keys ? (cellOf(keys, row) as string) : (ids[row] as string))
}

async function askChampion(
  champion: OpenVersion,
  { prepared, places, context }: { prepared: PreparedRequest; places: readonly number[]; context: Context },
): Promise<ReadonlyMap<number, LoggedPrediction>> {
  if (places.length === 0) return new Map()
  const table = places.length === prepared.table.rowCount ? prepared.table : takeRows(prepared.table, places)
  return logged(champion, {
    table,
    scored: await champion.score(table, context.deadlineMs),
    places,
    arm: 'champion',
    context,
  })
}

async function askChallenger(
  workspace: Workspace,
  options: { arms: Arms; rows: readonly RequestRow[]; places: readonly number[]; context: Context },
): Promise<{ answers: ReadonlyMap<number, LoggedPrediction>; failures: readonly LoggedPrediction[] }> {
  const { arms, rows, places, context } = options
  const { challenger, challengerError } = arms
  try {
    if (!challenger) throw challengerError
    const { table } = await challenger.prepare(places.map((row) => rows[row] as RequestRow))
    const scored = await challenger.score(table, context.deadlineMs)
    return { answers: logged(challenger, { table, scored, places, arm: 'challenger', context }), failures: [] }
  } catch (error) {
    // The text of an error may quote the row.
    const said = context.isPrivate ? { code: codeOf(error) } : { err: error }
    workspace.log.error({ ...said, release: context.release?.id }, 'the challenger failed')
    const versionId = context.release?.versionId as string
    return {
      answers: new Map(),
      failures: failuresOf(workspace, context, { places, arm: 'challenger', versionId, error }),
    }
  }
}

/**
 * What the log keeps of rows that a version could not answer. Sampled like answers, by the id of the prediction, so that
 * failures stay the share of the requests that they are.
 */
export function failuresOf(
  workspace: Workspace,
  context: Context,
  { error, places, ...by }: { places: readonly number[]; arm: Arm; versionId: string; error: unknown },
): readonly LoggedPrediction[] {
  return places
    .filter((row) => context.keeps(context.ids[row] as string))
    .map((row) => ({
      ...head(context, row),
      ...noAnswer,
      ...by,
      id: workspace.ids.next('failure'),
      error: codeOf(error),
    }))
}

const codeOf = (error: unknown): string => (isFailure(error) ? error.code : 'serving/modelFailed')

const noAnswer = {
  inputs: {},
  label: null,
  probability: null,
  probabilities: null,
  value: null,
  decision: null,
  threshold: null,
} as const

const head = (context: Context, row: number) => ({
  id: context.ids[row] as string,
  atMs: context.atMs,
  releaseId: context.release?.id ?? null,
  requestId: context.requestId,
  entityKey: context.keys ? (cellOf(context.keys, row) as string) : null,
})

/** What the log keeps of the rows that a version answered, by their places in the request. */
export function logged(
  { version }: OpenVersion,
  made: { table: Table; scored: ScoredTable; places: readonly number[]; arm: Arm; context: Context },
): ReadonlyMap<number, LoggedPrediction> {
  const { table, scored, places, arm, context } = made
  const text = (column: ScoredTable['label'], i: number): string | null => column && (cellOf(column, i) as string)
  const number = (column: ScoredTable['value'], i: number): number | null => column && (cellOf(column, i) as number)
  return new Map(
    places.map((row, i) => [
      row,
      {
        ...head(context, row),
        versionId: version.id,
        arm,
        inputs: inputsOf(table, { names: version.signature.inputs.map(({ name }) => name), row: i }),
        label: text(scored.label, i),
        probability: number(scored.probability, i),
        probabilities: version.signature.task === 'multiclass' ? topClasses(scored, i) : null,
        value: number(scored.value, i),
        decision: text(scored.decision, i),
        threshold: version.threshold,
        error: null,
      },
    ]),
  )
}

function inputsOf(table: Table, { names, row }: { names: readonly string[]; row: number }): Record<string, Json> {
  return Object.fromEntries(
    names.map((name) => {
      const column = table.columns[name]
      return [name, column ? cellOf(column, row) : null]
    }),
  )
}

/** The five most probable classes of a row, the most probable first. */
function topClasses({ scores }: ScoredTable, row: number): Record<string, number> | null {
  if (scores.kind === 'numbers') return null
  const { classes, probabilities } = scores
  const start = row * classes.length
  const places = classes.map((_, k) => k)
  places.sort((a, b) => (probabilities[start + b] as number) - (probabilities[start + a] as number) || a - b)
  return Object.fromEntries(places.slice(0, 5).map((k) => [classes[k] as string, probabilities[start + k] as number]))
}
