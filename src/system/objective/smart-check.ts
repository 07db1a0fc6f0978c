import { durationMs, iso, type EpochMs } from '#platform'
import type { Objective } from '../schema.ts'

/** One letter of the check. */
export interface SmartLetter {
  readonly letter: 'S' | 'M' | 'A' | 'R' | 'T'
  /** What the letter stands for. */
  readonly title: string
  readonly passed: boolean
  /** What it passed on, or what is wanting; one sentence. */
  readonly why: string
}

/** The five letters in order. */
export interface SmartCheck {
  readonly passed: boolean
  readonly letters: readonly SmartLetter[]
}

/** What a rehearsal measured about the objective. */
export interface Feasibility {
  /** The metric without the system, in its unit. */
  readonly baseline?: number | undefined
  /** Relative change that was reached: −0.14 is 14 % less. */
  readonly change: number
  /** How long the loop ran until the change was reached. */
  readonly afterMs?: number | undefined
}

interface Circumstances {
  readonly nowMs: EpochMs
  readonly feasibility: Feasibility | undefined
}

/**
 * Holds a business objective against specific, measurable, achievable, relevant and time-bound; each letter passes or
 * says why not. What nothing has measured yet does not pass.
 * @see Doran (1981), There's a S.M.A.R.T. way to write management's goals and objectives
 */
export function smartCheck(
  objective: Objective,
  options: { readonly nowMs: EpochMs; readonly feasibility?: Feasibility | undefined },
): SmartCheck {
  const circumstances = { nowMs: options.nowMs, feasibility: options.feasibility }
  const letters = tests.map(({ letter, title, wanting, grounds }) => {
    const lack = wanting(objective, circumstances)
    return { letter, title, passed: lack === null, why: lack ?? grounds(objective, circumstances) }
  })
  return { passed: letters.every((letter) => letter.passed), letters }
}

interface LetterTest extends Pick<SmartLetter, 'letter' | 'title'> {
  /** What is wanting, or null when nothing is. */
  readonly wanting: (objective: Objective, circumstances: Circumstances) => string | null
  /** What it passes on. */
  readonly grounds: (objective: Objective, circumstances: Circumstances) => string
}

const tests: readonly LetterTest[] = [
  {
    letter: 'S',
    title: 'specific',
    wanting: ({ metric, statement, stakeholders }) => {
      if (modelMetrics.test(metric)) return `'${metric}' measures a model: name the business metric that it serves`
      if (statement.trim().split(/\s+/).length < 3) return `'${statement}' does not say what becomes better`
      return stakeholders.length > 0 ? null : 'nothing says for whom: name them in objective.stakeholders'
    },
    grounds: ({ metric, stakeholders }) => `${metric}, for ${stakeholders.map(({ name }) => name).join(', ')}`,
  },
  {
    letter: 'M',
    title: 'measurable',
    wanting: ({ baseline }, { feasibility }) =>
      (baseline ?? feasibility?.baseline) === undefined
        ? 'there is no baseline: set objective.baseline, or rehearse, which measures it'
        : null,
    grounds: ({ metric, unit, baseline, target }, { feasibility }) =>
      `${metric} in ${unit}, ${number((baseline ?? feasibility?.baseline) as number)} today, to change by ${percent(target)}`,
  },
  {
    letter: 'A',
    title: 'achievable',
    wanting: notAchievable,
    grounds: (_, { feasibility }) => `a rehearsal reached ${percent(feasibility?.change ?? 0)}`,
  },
  {
    letter: 'R',
    title: 'relevant',
    wanting: ({ keyResult, stakeholders }) => {
      if (keyResult === undefined) return 'it serves no key result: name one in objective.keyResult'
      return stakeholders.length > 0 ? null : 'nobody is said to want it: name them in objective.stakeholders'
    },
    grounds: ({ keyResult, owner }) => `it serves ${keyResult as string}, owned by ${owner}`,
  },
  {
    letter: 'T',
    title: 'time-bound',
    wanting: notInTime,
    grounds: ({ by }, { nowMs }) => `by ${by}, in ${days(endOf(by) - nowMs)}`,
  },
]

function notAchievable({ target }: Objective, { feasibility }: Circumstances): string | null {
  if (target === 0) return 'a target of 0 asks for no change'
  if (feasibility === undefined) return `nothing has measured whether ${percent(target)} can be reached: rehearse`
  const share = feasibility.change / target
  return share >= 1 ? null : `a rehearsal reached ${percent(feasibility.change)} of the ${percent(target)} asked for`
}

function notInTime({ by }: Objective, { nowMs, feasibility }: Circumstances): string | null {
  const left = endOf(by) - nowMs
  if (left <= 0) return `${by} is over: it is ${iso(nowMs).slice(0, 10)}`
  const needed = feasibility?.afterMs
  if (needed === undefined || needed <= left) return null
  return `${by} is ${days(left)} away, and a rehearsal took ${days(needed)} to get there`
}

/** A day counts to its end. */
const endOf = (by: string): EpochMs => Date.parse(`${by}T00:00:00Z`) + durationMs('1d')
const percent = (share: number): string => `${share > 0 ? '+' : ''}${Number((share * 100).toFixed(1))} %`
const number = (value: number): string => String(Number(value.toPrecision(6)))
const days = (spanMs: number): string => {
  const count = Math.ceil(spanMs / durationMs('1d'))
  return `${count} day${count === 1 ? '' : 's'}`
}

/** Names of metrics that say how good a model is, and nothing of the business. */
const modelMetrics = /^(accuracy|precision|recall|f1|auc|roc[- ]?auc|log[- ]?loss|brier|rmse|mae|mape|r2|r²)( score)?$/i
