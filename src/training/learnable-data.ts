import type { Field } from '#model'
import { fail } from './failures.ts'
import type { Target, TrainingData } from './schema.ts'
import { takeTrainingRows } from './training-rows.ts'
import type { AnyTrainer } from './trainers.ts'

/** Data that a trainer can learn from, and what is to be said about it. */
export interface LearnableData {
  readonly data: TrainingData
  /** One sentence for each thing the data lacks. */
  readonly warnings: readonly string[]
}

/**
 * Refuses data that cannot be learned from, and leaves out rows without a target.
 *
 * An input without any value stays an input of the model, so that the file fits its table; it is warned about.
 *
 * @throws {Failure} `training/taskMismatch`, `noInputs`, `missingColumn`, `emptyTable`, `badWeights`, `noTarget`,
 * `badTarget`, `oneClass` or `tooManyClasses`
 * @throws RangeError when target, weights or times have not one value a row
 */
export function learnableData(trainer: Pick<AnyTrainer, 'kind' | 'tasks'>, given: TrainingData): LearnableData {
  const attempt = `Cannot train '${trainer.kind}'`
  if (!trainer.tasks.includes(given.task))
    throw fail('taskMismatch', `${attempt}: it solves ${trainer.tasks.join(' and ')}, the task is ${given.task}`)
  checkShapes(given)
  if (given.inputs.length === 0) throw fail('noInputs', `${attempt}: the model has no inputs`)
  for (const input of given.inputs) checkColumn(attempt, given, input)
  if (given.table.rowCount === 0) throw fail('emptyTable', `${attempt}: the table has no rows`)
  if (given.weights) checkWeights(attempt, given.weights)
  const rowCount = given.table.rowCount
  const data = withTargetOnly(attempt, given)
  const kept = data.table.rowCount
  const warnings = [
    ...(kept < rowCount ? [`${rowCount - kept} of ${rowCount} rows have no target and were left out`] : []),
    ...checkTarget(attempt, data),
    ...data.inputs
      .filter((input) => isEmptyColumn(data, input.name))
      .map((input) => `Input '${input.name}' has no value in any row, so nothing was learned from it`),
  ]
  return { data, warnings }
}

/** Most classes of a classifier: beyond it a graph grows by gigabytes and each class has too few rows. */
export const maxClasses = 1000

function checkShapes({ task, table, target, weights, times }: TrainingData): void {
  if ((task === 'regression') !== (target.kind === 'numbers'))
    throw new TypeError(`Cannot train: the task is ${task}, the target holds ${target.kind}`)
  const lengths = { target: targetValues(target).length, weights: weights?.length, times: times?.length }
  for (const [name, length] of Object.entries(lengths))
    if (length !== undefined && length !== table.rowCount)
      throw new RangeError(`Cannot train: the table has ${table.rowCount} rows, ${name} ${length}`)
  if (task === 'binary' && target.kind === 'classes' && target.classes.length > 2)
    throw new RangeError(`Cannot train: a binary task has 2 classes, the target ${target.classes.length}`)
}

function checkColumn(attempt: string, { table }: TrainingData, input: Field): void {
  const column = table.columns[input.name]
  if (!column) {
    const names = Object.keys(table.columns).join(', ')
    throw fail('missingColumn', `${attempt}: the table has no column '${input.name}'; it has ${names || 'none'}`, {
      details: { column: input.name },
    })
  }
  const wanted = input.type === 'categorical' || input.type === 'text' ? 'string' : 'number'
  if (column.kind !== wanted)
    throw fail(
      'missingColumn',
      `${attempt}: input '${input.name}' is ${input.type}, its column holds ${column.kind}s`,
      {
        details: { column: input.name },
      },
    )
}

function checkWeights(attempt: string, weights: Float64Array): void {
  const bad = weights.findIndex((weight) => !(weight >= 0 && weight < Infinity))
  if (bad >= 0)
    throw fail('badWeights', `${attempt}: the weight of row ${bad} is ${weights[bad]}`, { details: { bad } })
  if (!weights.some((weight) => weight > 0)) throw fail('badWeights', `${attempt}: every row has weight 0`)
}

function withTargetOnly(attempt: string, data: TrainingData): TrainingData {
  const { target } = data
  const values = targetValues(target)
  const has = (row: number): boolean => {
    const value = values[row] as number
    return target.kind === 'classes' ? value >= 0 : !Number.isNaN(value)
  }
  const places: number[] = []
  for (let row = 0; row < values.length; row++) if (has(row)) places.push(row)
  if (places.length === 0) throw fail('noTarget', `${attempt}: the target is null in all ${values.length} rows`)
  if (places.length === values.length) return data
  return takeTrainingRows(data, places)
}

function checkTarget(attempt: string, { target }: TrainingData): string[] {
  if (target.kind === 'numbers') {
    const bad = target.values.findIndex((value) => !Number.isFinite(value))
    if (bad >= 0) throw fail('badTarget', `${attempt}: the target of row ${bad} is ${target.values[bad]}`)
    return []
  }
  const { classes, labels } = target
  if (classes.length > maxClasses)
    throw fail(
      'tooManyClasses',
      `${attempt}: the target has ${classes.length} classes, at most ${maxClasses} are possible`,
    )
  const counts = new Float64Array(classes.length)
  for (const label of labels) {
    if (label >= classes.length) throw new RangeError(`Cannot train: label ${label} of ${classes.length} classes`)
    counts[label] = (counts[label] as number) + 1
  }
  const seen = classes.filter((_, place) => (counts[place] as number) > 0)
  if (seen.length < 2) throw fail('oneClass', `${attempt}: every row is '${seen[0]}'`, { details: { class: seen[0] } })
  return classes.filter((name) => !seen.includes(name)).map((name) => `Class '${name}' has no row to learn from`)
}

function isEmptyColumn({ table }: TrainingData, name: string): boolean {
  const column = table.columns[name]
  if (column?.kind === 'number') return column.values.every((value) => Number.isNaN(value))
  return column?.codes.every((code) => code < 0 || column.dictionary[code] === '') ?? true
}

const targetValues = (target: Target): Int32Array | Float64Array =>
  target.kind === 'classes' ? target.labels : target.values
