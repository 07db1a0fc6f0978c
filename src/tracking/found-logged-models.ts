import { measureOf, pairOf } from './found-runs.ts'
import { modelMetrics, modelPairs } from './store/logged-models.ts'
import type { LoggedModelRow, Tracking } from './store/tables.ts'

/** Logged models as our own API shows them, with all values of their metrics. */
export async function foundLoggedModels(tables: Tracking, rows: readonly LoggedModelRow[]) {
  const numbers = rows.map(({ number }) => number)
  const byModel = <Row extends { model: number }>(items: readonly Row[]) => Map.groupBy(items, ({ model }) => model)
  const tags = byModel(await modelPairs(tables, 'tags', numbers))
  const params = byModel(await modelPairs(tables, 'params', numbers))
  const metrics = byModel(await modelMetrics(tables, numbers, { newest: false }))
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    status: row.status,
    state: row.state,
    modelType: row.model_type,
    sourceRun: row.source_run,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    artifactUri: row.artifact_location,
    tags: (tags.get(row.number) ?? []).map(pairOf),
    params: (params.get(row.number) ?? []).map(pairOf),
    metrics: (metrics.get(row.number) ?? []).map(({ runId, datasetName, datasetDigest, ...point }) => ({
      name: point.name,
      ...measureOf(point),
      run: runId,
      datasetName,
      datasetDigest,
    })),
  }))
}
