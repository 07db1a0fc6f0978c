import type { Task } from '#model'
import { fail } from '../failures.ts'
import type { Decisions, Truth } from '../schema.ts'

/**
 * What happens without any model: the comparison that shows what one is worth.
 *
 * Binary: nobody acts, every row is negative. Multiclass: everything goes where most of the past went (the first of equal
 * classes). Regression: everything is taken to be the mean of the past.
 *
 * @param past the truth that was known when the first decision fell; a binary task reads its classes only
 * @returns decisions, shape [rows]
 * @throws {Failure} `evaluation/taskDiffers`, and `evaluation/noRows` when a task needs a past and it is empty
 */
export function doNothing(task: Task, { past, rows }: { past: Truth; rows: number }): Decisions {
  if ((task === 'regression') !== (past.kind === 'numbers'))
    throw fail('taskDiffers', `Cannot tell what doing nothing means: a ${task} task has a past of ${past.kind}`)
  if (past.kind === 'classes') {
    const { classes } = past
    const usual = task === 'binary' ? 0 : mostFrequent(past.labels, classes.length)
    return { kind: 'classes', classes, labels: new Int32Array(rows).fill(usual) }
  }
  needsRows(past.values)
  const mean = past.values.reduce((sum, value) => sum + value, 0) / past.values.length
  return { kind: 'numbers', values: new Float64Array(rows).fill(mean) }
}

function mostFrequent(labels: Int32Array, classes: number): number {
  needsRows(labels)
  const counts = new Float64Array(classes)
  for (const label of labels) counts[label] = (counts[label] as number) + 1
  return counts.indexOf(Math.max(...counts))
}

function needsRows(values: { readonly length: number }): void {
  if (values.length === 0) throw fail('noRows', 'Cannot tell what doing nothing means: the past has no rows')
}
