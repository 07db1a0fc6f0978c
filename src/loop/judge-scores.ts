import { evaluate, type Evaluation } from '#evaluation'
import type { Scores } from '#model'
import { seededRandom } from '#platform'
import type { FitOptions } from './fit-options.ts'
import { tableOf, truthOf } from './learning-rows.ts'
import { segmentSlice } from './partition/segment-slice.ts'

/** Judges scores of the judged rows, with intervals and slices, at the threshold that costs least. */
export function judgeScores({ system, rows }: Pick<FitOptions, 'system' | 'rows'>, scores: Scores): Evaluation {
  const { framing, evaluation, seed } = system.spec
  const { columns } = tableOf(rows.judged)
  return evaluate({
    task: framing.task,
    scores,
    truth: truthOf(rows.judged),
    cost: framing.cost,
    per: framing.per,
    threshold: 'optimise',
    slices: {
      ...Object.fromEntries(evaluation.slices.flatMap((name) => (columns[name] ? [[name, columns[name]]] : []))),
      ...segmentSlice(columns, system.spec.partition),
    },
    minSliceRows: evaluation.minSliceRows,
    primary: evaluation.primary,
    random: seededRandom(`${seed}/evaluate`),
  })
}
