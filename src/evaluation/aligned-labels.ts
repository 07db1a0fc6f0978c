import type { Task } from '#model'
import { fail } from './failures.ts'

/** Classes by row, as places in one list of names. */
export interface Labels {
  readonly classes: readonly string[]
  readonly labels: Int32Array
}

/**
 * The labels of `truth` as places in `classes`, which may stand in another order there or lack some of its classes:
 * those are appended, so a model that has never seen a class is still judged on its rows.
 *
 * @throws {Failure} `evaluation/classesDiffer` when a binary truth has a class that `classes` lacks
 * @throws RangeError when a label is no place in its own classes
 */
export function alignedLabels(truth: Labels, classes: readonly string[], task: Task): Labels {
  const names = [...classes]
  const places = truth.classes.map((name) => {
    const place = names.indexOf(name)
    return place >= 0 ? place : names.push(name) - 1
  })
  if (task === 'binary' && names.length > 2)
    throw fail(
      'classesDiffer',
      `Cannot compare with the truth: the model knows ${classes.join(' and ')}, the truth ${truth.classes.join(' and ')}`,
    )
  const labels = new Int32Array(truth.labels.length)
  for (let row = 0; row < labels.length; row++) {
    const place = places[truth.labels[row] as number]
    if (place === undefined)
      throw new RangeError(`Cannot compare with the truth: row ${row} has label ${truth.labels[row]}`)
    labels[row] = place
  }
  return { classes: names, labels }
}
