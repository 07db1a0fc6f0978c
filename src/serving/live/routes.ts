import { z } from 'zod'
import { defineRoute, type Route } from '#platform'
import { explainQuery, explanationSchema, explanationView } from './explanation-schema.ts'
import { requestForm } from './request-form.ts'
import type { Prediction, Serving } from './open-serving.ts'

const nameParams = z.object({ name: z.string() })
const rowSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))

const predictionSchema = z
  .object({
    id: z.string().meta({ description: 'Names the prediction for ever; outcomes are told by it' }),
    version: z.number().int().meta({ description: 'Number of the version that answered' }),
    versionId: z.string(),
    arm: z.enum(['champion', 'challenger']),
    label: z.string().optional().meta({ description: 'The most probable class' }),
    probability: z.number().optional().meta({ description: 'Binary: of the positive class. Multiclass: of the label' }),
    probabilities: z.record(z.string(), z.number()).optional().meta({ description: 'The five most probable classes' }),
    value: z.number().optional().meta({ description: 'The predicted number' }),
    decision: z.string().optional().meta({ description: 'The class that the prediction means, by threshold and cost' }),
    threshold: z.number().optional(),
    explanation: explanationSchema.optional(),
  })
  .meta({ id: 'Prediction' })

/** The API of predictions, answered by what {@link openServing} opened. */
export function servingRoutes(serving: Serving): readonly Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/v1/systems/{name}/predict',
      permission: 'prediction:make',
      summary:
        'Predicts for one row, or for many; each prediction that the system keeps is in its log before the answer leaves',
      tag: 'serving',
      params: nameParams,
      query: explainQuery,
      body: z
        .union([
          z.strictObject({ rows: z.array(rowSchema), requestId: z.string().min(1).max(200).optional() }),
          rowSchema,
        ])
        .meta({ description: 'One row as an object of columns, or many as { rows: [...] }' }),
      response: z.union([
        z.object({ predictions: z.array(predictionSchema), notes: z.array(z.string()) }),
        predictionSchema.extend({ notes: z.array(z.string()).optional() }),
      ]),
      handler: async ({ params, query, body }) => {
        return predictAnswer(serving, { system: params.name, body, explain: query.explain === 'true' })
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/systems/{name}/inputs',
      permission: 'system:read',
      summary: 'Columns that a request for predictions may and must hold, and what the answers can be',
      tag: 'serving',
      params: nameParams,
      response: z.object({
        version: z.number().int(),
        task: z.enum(['binary', 'multiclass', 'regression']),
        classes: z.array(z.string()).meta({ description: 'Binary: [negative, positive]. Empty for a regression' }),
        fields: z.array(
          z.object({
            name: z.string(),
            type: z.enum(['numeric', 'boolean', 'categorical', 'timestamp', 'text']),
            required: z.boolean(),
          }),
        ),
      }),
      handler: async ({ workspace, params }) => requestForm(workspace, params.name),
    }),
  ]
}

/** A request for predictions, its form checked. */
export interface PredictRequest {
  readonly system: string
  readonly body: Readonly<Record<string, unknown>>
  readonly explain: boolean
}

/** Answers one row with one prediction, and `{ rows: […] }` with many. */
export async function predictAnswer(serving: Serving, { system, body, explain }: PredictRequest) {
  const many = 'rows' in body && Array.isArray(body['rows']) ? body : null
  const { predictions, notes } = await serving.predict({
    system,
    rows: many ? (many['rows'] as Record<string, unknown>[]) : [body],
    requestId: many?.['requestId'] as string | undefined,
    explain,
  })
  const views = predictions.map(predictionView)
  if (many) return { predictions: views, notes: [...notes] }
  return { ...(views[0] as (typeof views)[number]), ...(notes.length > 0 ? { notes: [...notes] } : {}) }
}

/** The answer without the fields that its task does not have. */
function predictionView(prediction: Prediction): z.input<typeof predictionSchema> {
  const { label, probability, probabilities, value, decision, threshold, explanation, ...head } = prediction
  return {
    ...head,
    ...(label === null ? {} : { label }),
    ...(probability === null ? {} : { probability }),
    ...(probabilities === null ? {} : { probabilities: { ...probabilities } }),
    ...(value === null ? {} : { value }),
    ...(decision === null ? {} : { decision }),
    ...(threshold === null ? {} : { threshold }),
    ...(explanation === undefined ? {} : { explanation: explanationView(explanation) }),
  }
}
