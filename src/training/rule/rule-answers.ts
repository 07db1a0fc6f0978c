import type { Scores } from '#model'
import type { Column } from '#platform'
import { answersAt, answerWidth, type AnswerTable } from '../answers/answer-table.ts'
import { groupAnswers } from '../answers/group-answers.ts'
import { weightedMean } from '../baseline/mean-trainer.ts'
import type { TrainingData } from '../schema.ts'
import type { RuleResult } from './rule-result.ts'

/** How a rule's value becomes an answer. */
export type RuleAnswers = {
  readonly scores: (said: Column) => Scores
  readonly facts: Readonly<Record<string, number | string | boolean>>
} & (
  | { readonly result: 'condition' | 'label'; readonly table: AnswerTable }
  | {
      readonly result: 'probability' | 'number'
      /** The answer where the rule says nothing. */
      readonly fallback: number
      /** [negative, positive] of a probability. */
      readonly classes: readonly string[]
    }
)

/** What a rule said of the training rows, and how it is to be taken. */
export interface RuleSaid {
  readonly result: RuleResult
  readonly said: Column
  readonly calibrate: boolean
}

/**
 * Turns what a rule says into answers.
 *
 * A condition has three places in the answer table (no, yes, nothing), a label one for each class and one for nothing or a
 * name that is no class. Calibrated, each place holds the shares of the classes among the training rows there, mixed
 * with one row's worth of the overall shares, so that no share is 0.
 */
export function ruleAnswers(data: TrainingData, rule: RuleSaid): RuleAnswers {
  const { result, said } = rule
  if (result === 'condition' || result === 'label') return tableAnswers(data, { ...rule, result })
  const fallback = overall(data)
  const silent = numbers(said).filter((value) => Number.isNaN(value)).length / data.table.rowCount
  const facts = { silentShare: silent }
  if (result === 'number') {
    const scores = (column: Column): Scores => ({
      kind: 'numbers',
      values: numbers(column).map((value) => (Number.isNaN(value) ? fallback : value)),
    })
    return { result, fallback, classes: [], facts, scores }
  }
  const classes = data.target.kind === 'classes' ? data.target.classes : []
  const scores = (column: Column): Scores => {
    const positive = numbers(column).map((p) => (Number.isNaN(p) ? fallback : Math.min(1, Math.max(0, p))))
    const probabilities = Float64Array.from({ length: 2 * positive.length }, (_, at) => {
      const p = positive[at >> 1] as number
      return at % 2 === 1 ? p : 1 - p
    })
    return { kind: 'classes', classes, probabilities }
  }
  return { result, fallback, classes, facts, scores }
}

function tableAnswers(data: TrainingData, rule: RuleSaid & { readonly result: 'condition' | 'label' }): RuleAnswers {
  const classes = data.target.kind === 'classes' ? data.target.classes : []
  const places = (column: Column): Int32Array =>
    rule.result === 'condition' ? conditionPlaces(column) : labelPlaces(column, classes)
  const count = rule.result === 'condition' ? 3 : classes.length + 1
  const grouping = { places: places(rule.said), count, smoothing: 1 }
  const observed = groupAnswers(data, grouping)
  const table = rule.calibrate ? observed : certain(data, count)
  return {
    result: rule.result,
    table,
    scores: (column) => answersAt(table, places(column)),
    facts: rule.result === 'condition' ? conditionFacts(grouping.places, observed) : labelFacts(grouping),
  }
}

function conditionPlaces(column: Column): Int32Array {
  return Int32Array.from(numbers(column), (value) => (Number.isNaN(value) ? 2 : value))
}

function labelPlaces(column: Column, classes: readonly string[]): Int32Array {
  if (column.kind !== 'string') throw new TypeError('Cannot read labels: the rule gave numbers')
  const byCode = column.dictionary.map((name) => classes.indexOf(name)).map((at) => (at < 0 ? classes.length : at))
  return Int32Array.from(column.codes, (code) => (code < 0 ? classes.length : (byCode[code] as number)))
}

/** Answers without doubt; the overall shares where the rule says nothing. */
function certain(data: TrainingData, count: number): AnswerTable {
  const overallShares = groupAnswers(data, { places: new Int32Array(data.table.rowCount), count: 1, smoothing: 0 })
  const width = answerWidth(overallShares)
  const values = Float64Array.from({ length: count * width }, (_, at) => {
    const place = Math.floor(at / width)
    return place === count - 1 ? (overallShares.values[at % width] as number) : Number(at % width === place)
  })
  return { ...overallShares, values }
}

function conditionFacts(places: Int32Array, observed: AnswerTable): Readonly<Record<string, number>> {
  const share = (place: number): number => places.filter((at) => at === place).length / places.length
  return {
    yesShare: share(1),
    silentShare: share(2),
    yesRate: observed.values[3] as number,
    noRate: observed.values[1] as number,
  }
}

function labelFacts({ places, count }: { places: Int32Array; count: number }): Readonly<Record<string, number>> {
  return { silentShare: places.filter((place) => place === count - 1).length / places.length }
}

function overall(data: TrainingData): number {
  const { target, weights } = data
  const values =
    target.kind === 'numbers' ? target.values : Float64Array.from(target.labels, (label) => (label === 1 ? 1 : 0))
  return weightedMean(values, weights)
}

function numbers(column: Column): Float64Array {
  if (column.kind !== 'number') throw new TypeError('Cannot read numbers: the rule gave text')
  return column.values
}
