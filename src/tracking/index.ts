/**
 * Tracking: what was tried, by systems (one experiment each) and by whoever logs with a client of MLflow. Runs with
 * parameters, metrics, tags, datasets, artifacts; those of systems also with code, data, seed and environment. Tables:
 * `tracking_*`. Emits `run finished`.
 * Invariants: one run of a system a key; a parameter never changes; a finished or cancelled run of a system stays so; a
 * value of a metric, once added, is never changed by a client.
 */
export * from './schema.ts'
export { blobReferences } from './blob-references.ts'
export { migrations } from './migrations.ts'
export { startRun } from './start-run.ts'
export type { RunStart } from './start-run.ts'
export { logParams } from './log-params.ts'
export { logMetrics } from './log-metrics.ts'
export { logArtifact } from './log-artifact.ts'
export { finishRun } from './finish-run.ts'
export type { RunEnd } from './finish-run.ts'
export { closeOrphanRuns } from './close-orphan-runs.ts'
export { experiments, metricHistory, run, runsOf } from './runs.ts'
export type { RunFilter } from './runs.ts'
export { collectDeleted } from './collection/collect-deleted.ts'
export type { CollectedFacts, CollectDeletedOptions } from './collection/collect-deleted.ts'
export { isMlflowAddress } from './mlflow/addresses.ts'
export { openArtifactProtocols } from './mlflow/artifact-protocol.ts'
export { pageArtifactProtocol } from './mlflow/page-artifacts.ts'
export { holdArtifactUri } from './mlflow/hold-artifact-uri.ts'
export { findLoggedModel, noteModelVersion } from './store/logged-models.ts'
export { mlflowProtocol, refusal } from './mlflow/mlflow-protocol.ts'
export { openRunDoor } from './mlflow/run-door.ts'
export type { RunDoor } from './mlflow/run-door.ts'
export { trackingEndpoints } from './mlflow/tracking-endpoints.ts'
// What another part needs to speak MLflow's protocol as this one does.
export { wireList, wirePair } from './mlflow/endpoint.ts'
export type { Call, Endpoint } from './mlflow/endpoint.ts'
export { holdKey, holdLength } from './mlflow/hold-names.ts'
export { Message } from './mlflow/message.ts'
export { answerSafely } from './mlflow/artifact-answer.ts'
export { downloadArtifact } from './mlflow/artifact-download.ts'
export { heldPath, storePath } from './mlflow/wire-artifacts.ts'
export { absent, exists, invalid, missing, wrongKind } from './mlflow/mlflow-failure.ts'
export { pageToken, readPageToken } from './mlflow/page-token.ts'
export { numberCondition, textCondition } from './search/conditions.ts'
export { parseFilter, parseOrders } from './search/parse-filter.ts'
export type { Clause, Order } from './search/parse-filter.ts'
