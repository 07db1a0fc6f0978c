import { expect, test } from 'vitest'
import { metrics } from '#evaluation'
import { candidateKinds, metricTasks, programKinds } from '#system'
import { trainers } from '#training'

/** System files are checked before anything is trained or judged, so the words they may use stand in `system`. */
test('candidateKinds are the trainers that there are, each with its tasks and whether it has a search space, and programs', () => {
  const made = trainers.map(({ kind, tasks, searchSpace }) => [kind, { tasks, tunable: searchSpace !== undefined }])
  const ours = Object.entries(candidateKinds).filter(([kind]) => !programKinds.has(kind))
  expect(ours).toEqual(made)
})

test('metricTasks are the metrics that there are, each with its tasks', () => {
  expect(metricTasks).toEqual(Object.fromEntries(metrics.map(({ name, tasks }) => [name, tasks])))
})
