import { z } from 'zod'
import { declareInputs, GraphBuilder } from '#model'
import { numbersOf } from '#platform'
import { answersAt, declareAnswers } from '../answers/answer-table.ts'
import { groupAnswers } from '../answers/group-answers.ts'
import { fail } from '../failures.ts'
import type { Trainer, TrainingData } from '../schema.ts'
import { declareSeasonPlaces, seasonPlaces, seasonSlots, type Season } from './season-places.ts'

export interface SeasonalNaiveParams {
  /** What counts as the same time again, in UTC. */
  readonly season: Season
  /** The timestamp input that tells the time; the only one where empty. */
  readonly input: string
  /** Rows' worth of the overall answer that each slot is mixed with. */
  readonly smoothing: number
}

/**
 * Answers as it was at the same time of the season: the mean, or the shares of the classes, of the training rows in the
 * slot. Rows without a moment are a slot of their own; a slot that was never seen gets the overall answer.
 */
export const seasonalNaiveTrainer: Trainer<SeasonalNaiveParams> = {
  kind: 'seasonal-naive',
  rung: 0,
  tasks: ['binary', 'multiclass', 'regression'],
  defaults: { season: 'hour-of-week', input: '', smoothing: 1 },
  schema: z.strictObject({
    season: z.enum(Object.keys(seasonSlots) as [Season, ...Season[]]),
    input: z.string(),
    smoothing: z.number().min(0),
  }),
  searchSpace: { season: ['hour-of-week', 'hour-of-day', 'day-of-week'], smoothing: [1, 10, 100] },
  fit: async (data, { season, input, smoothing }) => {
    const clock = timestampInput(data, input)
    const places = seasonPlaces(season, numbersOf(data.table, clock))
    const slots = seasonSlots[season]
    // One place more: rows without a moment.
    const answers = groupAnswers(data, { places, count: slots + 1, smoothing })
    const graph = new GraphBuilder('seasonal-naive')
    declareInputs(graph, data.inputs)
    declareAnswers(graph, answers, declareSeasonPlaces(graph, season, clock))
    return {
      onnx: graph.build({
        signature: { task: data.task, inputs: data.inputs, classes: answers.classes },
        explanation: { kind: 'none' },
      }),
      predict: (table) => answersAt(answers, seasonPlaces(season, numbersOf(table, clock))),
      facts: { season, input: clock, slotsSeen: new Set(places.filter((place) => place < slots)).size },
      importance: [{ input: clock, share: 1 }],
    }
  },
}

function timestampInput({ inputs }: TrainingData, wanted: string): string {
  const stamps = inputs.filter((input) => input.type === 'timestamp').map((input) => input.name)
  const names = stamps.join(', ') || 'none'
  const attempt = "Cannot train 'seasonal-naive'"
  if (wanted !== '') {
    if (stamps.includes(wanted)) return wanted
    throw fail('noTimestamp', `${attempt}: '${wanted}' is not a timestamp input; those are: ${names}`)
  }
  if (stamps.length === 1) return stamps[0] as string
  throw fail('noTimestamp', `${attempt}: one timestamp input is needed, the inputs have ${stamps.length} (${names})`)
}
