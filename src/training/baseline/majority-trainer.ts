import { z } from 'zod'
import { answersAt } from '../answers/answer-table.ts'
import { groupAnswers } from '../answers/group-answers.ts'
import type { Trainer } from '../schema.ts'
import { constantModel } from './constant-model.ts'

/** The majority baseline has no parameters. */
export type MajorityParams = Record<string, never>

/**
 * Answers every row with the shares of the classes among the training rows, by weight: what a model must beat to have
 * learned anything. Its label is always the most frequent class.
 */
export const majorityTrainer: Trainer<MajorityParams> = {
  kind: 'majority',
  rung: 0,
  tasks: ['binary', 'multiclass'],
  defaults: {},
  schema: z.strictObject({}),
  fit: async (data) => {
    const places = new Int32Array(data.table.rowCount)
    const answers = groupAnswers(data, { places, count: 1, smoothing: 0 })
    return {
      onnx: constantModel(data.inputs, answers),
      predict: (table) => answersAt(answers, new Int32Array(table.rowCount)),
      facts: { share: Math.max(...answers.values) },
      importance: [],
    }
  },
}
