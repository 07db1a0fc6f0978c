import { comparePaired, type CompareOptions, type Contender } from './compare-paired.ts'
import { fail } from './failures.ts'
import type { Comparison, Evaluation } from './schema.ts'
import { shortNumber } from './short-number.ts'

/** A trained candidate on the ladder, judged on the same rows as all others. */
export interface LadderEntry extends Contender {
  readonly name: string
  /** 0 no-ML, 1 rule, 2 simple model, 3 complex model. */
  readonly rung: number
  readonly evaluation: Evaluation
}

/** What one comparison decided. */
export interface ChoiceReason {
  readonly challenger: string
  readonly incumbent: string
  readonly comparison: Comparison
  readonly replaced: boolean
  readonly why: string
}

export interface Choice {
  readonly name: string
  readonly reasons: readonly ChoiceReason[]
}

/**
 * Walks up the ladder from no-ML: a more complex candidate replaces the one below only if it is better by its whole
 * interval, so complexity has to earn its place. Within a rung the best by its value is tried first.
 *
 * @throws {Failure} `evaluation/emptyLadder`, and as `comparePaired`
 */
export function chooseCandidate(ladder: readonly LadderEntry[], options: Omit<CompareOptions, 'task'>): Choice {
  const [first, ...rest] = [...ladder].sort(byRungThenValue)
  if (!first) throw fail('emptyLadder', 'Cannot choose a candidate: none was trained')
  const { task } = first.evaluation
  const reasons: ChoiceReason[] = []
  let incumbent = first
  for (const challenger of rest) {
    const random = options.random.fork(`${challenger.name} against ${incumbent.name}`)
    const comparison = comparePaired(challenger, incumbent, { ...options, task, random })
    const replaced = comparison.better
    reasons.push({
      challenger: challenger.name,
      incumbent: incumbent.name,
      comparison,
      replaced,
      why: `${challenger.name} ${replaced ? 'replaces' : 'does not replace'} ${incumbent.name}: ${describeComparison(comparison)}`,
    })
    if (replaced) incumbent = challenger
  }
  return { name: incumbent.name, reasons }
}

/** A comparison in words: 'log-loss differs by −0.012 (95 % interval −0.015 to −0.009)'. */
export function describeComparison({ metric, difference, low, high }: Comparison): string {
  return `${metric} differs by ${shortNumber(difference)} (95 % interval ${shortNumber(low)} to ${shortNumber(high)})`
}

function byRungThenValue(a: LadderEntry, b: LadderEntry): number {
  const sign = a.evaluation.primary.better === 'lower' ? 1 : -1
  return a.rung - b.rung || sign * (a.evaluation.primary.value - b.evaluation.primary.value)
}
