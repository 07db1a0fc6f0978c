import { z } from 'zod'
import type { PredictionExplanation } from './explain-answers.ts'

/** What asks for explanations. */
export const explainQuery = z.object({
  explain: z.enum(['true', 'false']).optional().meta({
    description:
      "'true' adds to each prediction what each input contributed to its score (at most 1000 rows). Linear, logistic and boosted-trees versions can be explained; others answer 422",
  }),
})

/** An explanation as the API gives it. */
export const explanationSchema = z
  .object({
    scale: z.enum(['log-odds', 'margin', 'value']).meta({
      description:
        'What is explained, before anything bends it: the log odds of the positive class (binary), one margin for each class, of which the softmax gives the probabilities (multiclass), or the predicted number (regression)',
    }),
    outputs: z
      .array(
        z.object({
          label: z.string().optional().meta({ description: 'The class that the score is of' }),
          base: z.number().meta({ description: 'Score where nothing is known: the mean over the training rows' }),
          score: z.number().meta({ description: 'base plus all contributions, to 1e-6' }),
          contributions: z.record(z.string(), z.number()).meta({
            description:
              'By input of the model. Trees: Shapley values (TreeSHAP, path-dependent). Linear: coefficient times the distance from the mean of the training rows. All that is made of one input is summed',
          }),
        }),
      )
      .meta({ description: 'One: of the positive class, or of a regression; multiclass: one for each class' }),
  })
  .meta({ id: 'Explanation' })

/** An explanation without the fields that its task does not have. */
export function explanationView({ scale, outputs }: PredictionExplanation): z.input<typeof explanationSchema> {
  return {
    scale,
    outputs: outputs.map(({ label, contributions, ...numbers }) => ({
      ...(label === null ? {} : { label }),
      ...numbers,
      contributions: { ...contributions },
    })),
  }
}
