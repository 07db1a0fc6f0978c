/**
 * Training: makes models. A ladder of trainers from no machine learning to boosted trees, tuning, and threads to run them
 * in; and programs of others that make models in processes of their own. Owns no tables and emits no events.
 *
 * Invariants: every trainer ends in ONE ONNX file that takes all inputs of its data; the same data, order and seed give the
 * same file; what cannot be learned from is refused before anything is trained.
 */
export type * from './schema.ts'
export { largestDifference } from './largest-difference.ts'
export { linearFeatures } from './linear/linear-features.ts'
export { linearDefaults } from './linear/linear-parameters.ts'
export type { LinearParameters } from './linear/linear-parameters.ts'
export { shareTrainingData } from './thread/share-training-data.ts'
export { openTrainingPool, trainCandidate } from './thread/training-pool.ts'
export { programSettings } from './program/program-settings.ts'
export type { ProgramSettings, TrainingProgram } from './program/schema.ts'
export type { ProgramOrder } from './program/train-program.ts'
export type {
  PoolOptions,
  TrainingPool,
  TrainOptions,
  TrainPartsOptions,
  TrainProgramOptions,
} from './thread/training-pool.ts'
export { trainInPlace } from './train-in-place.ts'
export type { TrainingWatch } from './train-in-place.ts'
export { trainerParameters } from './trainer-parameters.ts'
export { trainerOf, trainers } from './trainers.ts'
export type { AnyTrainer } from './trainers.ts'
