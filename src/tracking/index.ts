/**
 * Tracking: what was tried, by systems (one experiment each) and by whoever logs with a client of MLflow. Runs with
 * parameters, metrics, tags, datasets, artifacts; those of systems also with code, data, seed and environment. Tables:
 * `tracking_*`. Emits `run finished`.
 * Invariants: one run of a system a key; a parameter never changes; a finished or cancelled run of a system stays so; a
 * value of a metric, once added, is never changed by a client.
 */
export * from './schema.ts'
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
export { artifactProtocol } from './mlflow/artifact-protocol.ts'
export { trackingProtocol } from './mlflow/tracking-protocol.ts'
