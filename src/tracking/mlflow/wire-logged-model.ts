import type { LoggedModelStatus } from '../schema.ts'
import { modelMetrics, modelPairs } from '../store/logged-models.ts'
import type { LoggedModelRow, Tracking } from '../store/tables.ts'
import { wirePair } from './endpoint.ts'

/**
 * Logged models as the protocol writes them.
 * @param options.newest whether of their metrics only the newest are wanted
 */
export async function wireLoggedModels(
  tables: Tracking,
  models: readonly LoggedModelRow[],
  options: { readonly newest: boolean },
) {
  const numbers = models.map(({ number }) => number)
  const byModel = <Row extends { model: number }>(rows: readonly Row[]) => Map.groupBy(rows, ({ model }) => model)
  const tags = byModel(await modelPairs(tables, 'tags', numbers))
  const params = byModel(await modelPairs(tables, 'params', numbers))
  const metrics = byModel(await modelMetrics(tables, numbers, options))
  return models.map((model) => ({
    info: {
      model_id: model.id,
      experiment_id: String(model.experiment),
      name: model.name,
      creation_timestamp_ms: model.created_at_ms,
      last_updated_timestamp_ms: model.updated_at_ms,
      artifact_uri: model.artifact_location,
      status: loggedModelStatusNames[model.status],
      model_type: model.model_type,
      source_run_id: model.source_run,
      tags: tags.get(model.number)?.map(wirePair),
    },
    data: {
      params: params.get(model.number)?.map(wirePair),
      metrics: metrics.get(model.number)?.map(({ name, value, atMs, step, runId, datasetName, datasetDigest }) => ({
        key: name,
        // JSON has no form for it; infinities were stored as the largest numbers.
        value: Number.isNaN(value) ? 'NaN' : value,
        timestamp: atMs,
        step,
        model_id: model.id,
        dataset_name: datasetName || undefined,
        dataset_digest: datasetDigest || undefined,
        run_id: runId,
      })),
    },
  }))
}

/** What the protocol calls the states of a logged model, in the order of their numbers there. */
export const loggedModelStatusNames = {
  pending: 'LOGGED_MODEL_PENDING',
  ready: 'LOGGED_MODEL_READY',
  failed: 'LOGGED_MODEL_UPLOAD_FAILED',
} as const satisfies Record<LoggedModelStatus, string>
