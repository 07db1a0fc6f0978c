/**
 * Tracking: what was tried. One experiment a system; runs with parameters, metrics, artifacts, code, data, seed and
 * environment. Tables: `tracking_experiments`, `tracking_runs`, `tracking_params`, `tracking_metrics`,
 * `tracking_artifacts`. Emits `run finished`.
 * Invariants: one run a key; a parameter never changes; a finished or cancelled run stays so.
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
