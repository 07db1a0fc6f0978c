/**
 * Serving: answers requests for predictions by the version that the traffic goes to, and keeps every answer. Tables:
 * `serving_log_parts`, `serving_models`. Emits no events.
 *
 * Invariants: an answer leaves only after its prediction is written to the log, so that a killed process loses none, and
 * what was written is forced onto the disk as often as configured; every answered prediction is in the log exactly once; a
 * change of version fails no request; live requests, batches and rehearsals are scored by the same function.
 */
export type * from './schema.ts'
export { answerForm, entityFields } from './answer-form.ts'
export type { AnswerForm } from './answer-form.ts'
export { entityKey, entityKeys, namedEntity } from './entity-key.ts'
export type { KeyValue } from './entity-key.ts'
export { openServing } from './live/open-serving.ts'
export type { Prediction, Predictions, PredictOptions, Serving, ServingOptions } from './live/open-serving.ts'
export { servingRoutes } from './live/routes.ts'
export { exampleFeeds } from './mlflow/example-feeds.ts'
export { openServingUnit } from './open-unit.ts'
export type { ServingListening, ServingPorts, ServingUnit, ServingUnitOptions } from './open-unit.ts'
export { giveConnections } from './processes/give-connections.ts'
export { controlRegister } from './processes/control-register.ts'
export { openServingProcesses } from './processes/open-serving-processes.ts'
export type { ServingProcesses } from './processes/open-serving-processes.ts'
export type { FromServing, ToServing } from './processes/messages.ts'
export { metricsRoute } from './metrics/metrics-route.ts'
export type { AllCounts } from './metrics/metrics-route.ts'
export { metricNames } from './metrics/metrics-text.ts'
export type { MetricName } from './metrics/metrics-text.ts'
export { storeRegister } from './prediction-log/part-register.ts'
export type { PartRegister } from './prediction-log/part-register.ts'
export { servingCounts } from './metrics/serving-counts.ts'
export type { ServingCounts } from './metrics/serving-counts.ts'
export { blobReferences } from './blob-references.ts'
export { appendPredictions } from './prediction-log/append-predictions.ts'
export type { AppendedBatch, AppendPredictionsOptions, BatchColumn } from './prediction-log/append-predictions.ts'
export { compactBeside } from './prediction-log/compact-beside.ts'
export { compactLogs } from './prediction-log/compact-logs.ts'
export { keepCompacted } from './prediction-log/keep-compacted.ts'
export type { KeepCompactedOptions, KeptCompacted } from './prediction-log/keep-compacted.ts'
export { compactPredictions } from './prediction-log/compact-predictions.ts'
export type { Compaction } from './prediction-log/compact-predictions.ts'
export { predictionRelation } from './prediction-log/prediction-relation.ts'
export type { PredictionRelationOptions } from './prediction-log/prediction-relation.ts'
