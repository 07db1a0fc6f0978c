/**
 * Monitoring: whether a model still works. Drift of what it is given and of what it answers, what its predictions turned
 * out to be worth, and the signals that follow, window by window.
 *
 * Tables: `monitoring_windows`, `monitoring_signals`. Emits `signal raised`. Invariants: one report of a version and window,
 * the last one written; one signal of a kind on a version and window, the first one raised; every statistic is held against
 * what chance alone would make of it.
 */
export type * from './schema.ts'
export { driftOf } from './drift/drift-of.ts'
export { greatestGap } from './drift/greatest-gap.ts'
export { jensenShannonDistance, jensenShannonDistanceNats, jensenShannonDivergence } from './drift/jensen-shannon.ts'
export { kolmogorovSmirnov, kolmogorovSmirnovOfSamples } from './drift/kolmogorov-smirnov.ts'
export { proportionsOf } from './drift/same-bins.ts'
export type { SpreadHistogram } from './drift/spread-histogram.ts'
export { stabilityIndex } from './drift/stability-index.ts'
export { wassersteinDistance, wassersteinOfSamples } from './drift/wasserstein.ts'
export { judgeWindow, type JudgeWindowOptions } from './judge-window.ts'
export { chunkDrift, type ChunkDrift } from './nannyml/chunk-drift.ts'
export { referenceThreshold, type ReferenceThreshold } from './nannyml/reference-threshold.ts'
export { realisedPerformance } from './realised-performance.ts'
export { saveSignals, saveWindowReport, signalsOf, windowReports, type WindowFilter } from './store.ts'
export { summariseWindow, type SummariseOptions } from './summarise-window.ts'
