/**
 * Dataset: the table that a system learns from and is asked with. Runs the dataset SQL over snapshots, adds columns as
 * they were known at each row's moment, reads and splits the rows, and makes the same inputs of a live request.
 * Tables: `dataset_datasets`. Emits `dataset built`.
 * Invariants: no value of a row depends on what became known after its moment; the same question gives the same dataset;
 * a request goes through the SQL that made the training rows.
 */
export * from './schema.ts'
export { blobReferences } from './blob-references.ts'
export { buildDataset } from './build/build-dataset.ts'
export type { BuildOptions } from './build/make-dataset.ts'
export { splitExamples } from './split/split-examples.ts'
export type { SplitOptions } from './split/split-examples.ts'
export { datasetById, latestDataset } from './reading/find-datasets.ts'
export { readExamples } from './reading/read-examples.ts'
export type { ReadOptions } from './reading/read-examples.ts'
export { openRequestPlan, prepareRequest, requestFields } from './request/request-plan.ts'
export type { PreparedRows, PrepareOptions, RequestPlan, RequestRow } from './request/request-plan.ts'
