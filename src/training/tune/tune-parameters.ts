import { messageOf, type Clock } from '#platform'
import { fail } from '../failures.ts'
import type { TrainingContext, TrainingData, Trial, TuningBudget } from '../schema.ts'
import { takeTrainingRows } from '../training-rows.ts'
import type { AnyTrainer } from '../trainers.ts'
import { drawCombinations, type Combination } from './draw-combinations.ts'
import { planRungs, type Rung } from './plan-rungs.ts'
import { validationLoss } from './validation-loss.ts'
import { validationSplit } from './validation-split.ts'

export interface TuningOptions extends TuningBudget {
  /** All parameters to start from. */
  readonly params: Readonly<Record<string, unknown>>
  /** Names among them that keep their value. */
  readonly fixed: readonly string[]
  readonly clock: Clock
}

export interface TuningResult {
  /** All parameters of the best combination. */
  readonly params: Readonly<Record<string, unknown>>
  readonly trials: readonly Trial[]
}

/**
 * Finds better parameters by successive halving: many combinations learn from few rows, the best third of them goes on to
 * three times the rows (and rounds, where the trainer has such a parameter), and so on up to all rows.
 *
 * The first combination is the parameters to start from. With `trials` alone the result depends on nothing but data and seed; `budgetMs` ends the search early, and the best so far wins.
 *
 * @throws {Failure} `training/noTuning` when there is nothing to try, `training/allTrialsFailed`
 * @see Jamieson & Talwalkar (2016), "Non-stochastic Best Arm Identification", https://arxiv.org/abs/1502.07943
 */
export async function tuneParameters(
  trainer: AnyTrainer,
  data: TrainingData,
  options: TuningOptions & { readonly context: TrainingContext },
): Promise<TuningResult> {
  const { context, clock, params } = options
  const random = context.random.fork('tuning')
  const { learn, judge } = validationSplit(data, random.fork('split'))
  const combinations = combinationsOf(trainer, options, random)
  const rungs = planRungs(combinations.length, learn.length)
  const search: Search = {
    trainer,
    params,
    judged: takeTrainingRows(data, judge),
    context: { ...context, random },
    clock,
    deadline: clock.now() + (options.budgetMs ?? Infinity),
    planned: rungs.reduce((sum, rung) => sum + rung.combinations, 0),
    trials: [],
  }
  let ranked = combinations
  let best: Combination | undefined
  for (const rung of rungs) {
    const rows = takeTrainingRows(data, learn.subarray(0, rung.rows))
    const results = await climb(search, { rung, rows, combinations: ranked.slice(0, rung.combinations) })
    ranked = results
      .filter(({ loss }) => loss !== null)
      .sort((a, b) => Number(a.loss) - Number(b.loss))
      .map(({ combination }) => combination)
    best = ranked[0] ?? best
    if (results.length < rung.combinations || ranked.length === 0) break
  }
  const { trials } = search
  if (best) return { params: { ...params, ...best }, trials }
  throw fail('allTrialsFailed', `Cannot tune '${trainer.kind}': ${trials.at(-1)?.error ?? 'no trial was made'}`)
}

interface Search extends Pick<TuningOptions, 'params' | 'clock'> {
  readonly trainer: AnyTrainer
  readonly judged: TrainingData
  readonly context: TrainingContext
  /** Moment after which no trial starts. */
  readonly deadline: number
  readonly planned: number
  /** What was tried so far, on all rungs. */
  readonly trials: Trial[]
}

/** Tries combinations on one rung, in order, until the time is up. */
async function climb(
  search: Search,
  { rung, rows, combinations }: { rung: Rung; rows: TrainingData; combinations: readonly Combination[] },
): Promise<{ combination: Combination; loss: number | null }[]> {
  const { trials, context, clock, planned } = search
  const results: { combination: Combination; loss: number | null }[] = []
  for (const combination of combinations) {
    context.signal?.throwIfAborted()
    const plan = { rows, rung, params: withFewerRounds({ ...search.params, ...combination }, rung.share) }
    if (trials.length > 0 && clock.now() + expectedMs(trials, plan) >= search.deadline) break
    const trial = await runTrial(search, plan)
    trials.push(trial)
    results.push({ combination, loss: trial.loss })
    const losses = results.flatMap(({ loss }) => (loss === null ? [] : [loss]))
    const step = { done: trials.length, of: planned, unit: 'trials' }
    context.onProgress?.(losses.length > 0 ? { ...step, loss: Math.min(...losses) } : step)
  }
  return results
}

/** Trials where neither a number of them nor a time is given, or only a time. */
const defaultTrials = 27

function combinationsOf(trainer: AnyTrainer, options: TuningOptions, random: TrainingContext['random']): Combination[] {
  const space = Object.entries(trainer.searchSpace ?? {}).filter(([name]) => !options.fixed.includes(name))
  if (space.length === 0)
    throw fail(
      'noTuning',
      `Cannot tune '${trainer.kind}': ${trainer.searchSpace ? 'every parameter it could vary is set' : 'it has nothing to vary'}`,
    )
  const start = Object.fromEntries(space.map(([name]) => [name, options.params[name] as number]))
  const count = options.trials ?? defaultTrials
  const same = (combination: Combination): boolean => space.every(([name]) => Object.is(combination[name], start[name]))
  const drawn = drawCombinations(Object.fromEntries(space), count, random.fork('combinations'))
  return [start, ...drawn.filter((combination) => !same(combination))].slice(0, Math.max(1, count))
}

interface TrialPlan {
  readonly rows: TrainingData
  readonly rung: Rung
  readonly params: Readonly<Record<string, unknown>>
}

async function runTrial(search: Search, { rows, rung, params }: TrialPlan): Promise<Trial> {
  const { trainer, judged, context, clock } = search
  const start = clock.now()
  const facts = { params, rung: rung.place, rows: rows.table.rowCount }
  const seconds = (): number => (clock.now() - start) / 1000
  try {
    const { onProgress: _, ...quiet } = context
    const fitted = await trainer.fit(rows, params, { ...quiet, random: context.random.fork('fit') })
    const loss = validationLoss(judged, await fitted.predict(judged.table))
    return Number.isFinite(loss)
      ? { ...facts, loss, seconds: seconds() }
      : { ...facts, loss: null, error: `The loss is ${loss}`, seconds: seconds() }
  } catch (error) {
    if (context.signal?.aborted) throw error
    return { ...facts, loss: null, error: messageOf(error), seconds: seconds() }
  }
}

/** A share of the rounds for a share of the rows, at least 20. */
function withFewerRounds(params: Readonly<Record<string, unknown>>, share: number): Readonly<Record<string, unknown>> {
  const { rounds } = params
  return typeof rounds === 'number' && share < 1
    ? { ...params, rounds: Math.min(rounds, Math.max(20, Math.ceil(rounds * share))) }
    : params
}

/** About what a trial takes, by rows times rounds: as measured for its combination on the rung before, or for the last. */
function expectedMs(trials: readonly Trial[], { rung, params }: TrialPlan): number {
  const names = Object.keys(params).filter((name) => name !== 'rounds')
  const same = (trial: Trial): boolean => names.every((name) => Object.is(trial.params[name], params[name]))
  const known = trials.findLast(same) ?? trials.at(-1)
  const roundsOf = (of: Readonly<Record<string, unknown>>): number => Number(of['rounds'] ?? 1)
  if (!known) return 0
  return known.seconds * 1000 * (rung.rows / known.rows) * (roundsOf(params) / roundsOf(known.params))
}
