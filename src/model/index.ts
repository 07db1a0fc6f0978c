/**
 * Model: the one standard format. Builds ONNX files, opens, runs and explains them; every trainer ends here and every scorer
 * starts here. Owns no tables and emits no events.
 *
 * Invariants: preprocessing is inside the file, one named input per column, and the signature travels with it; a stored
 * model is opened by {@link openStoredModel} alone, so that one cut into segments is scored like any other.
 */
export type * from './schema.ts'
export type { FileBeside } from './foreign/pack-model.ts'
export { openTrial } from './trial/open-trial.ts'
export type { Trial, TrialOptions } from './trial/open-trial.ts'
export { attribute } from './attribute.ts'
export type { Attribute } from './attribute.ts'
export type { Explainer, Explanation, ScoreScale } from './explanation/contributor.ts'
export { openExplainer } from './explanation/open-explainer.ts'
export type { ExplanationPlan, LinearPart } from './explanation/plan.ts'
export { feedsOf } from './feeds.ts'
export { adaptModel } from './foreign/adapt-model.ts'
export type { AdaptOptions } from './foreign/adapt-model.ts'
export { foreignInterfaceSchema } from './foreign/foreign-interface.ts'
export type { ForeignInterface } from './foreign/foreign-interface.ts'
export type { ReadExternal } from './foreign/rewrite-graph.ts'
export { GraphBuilder } from './graph-builder.ts'
export { declareClasses, declareInputs, declarePrediction } from './model-interface.ts'
export type { TensorType } from './onnx-schema.ts'
export { checkGraph, openModel } from './open-model.ts'
export { openSession, runtimeVersion } from './open-session.ts'
export type { ElementType, ElementValues, GraphSession, GraphTensor, GraphValue } from './graph-session.ts'
export { keepSegments, segmentsOf } from './partition/kept-segments.ts'
export { openStoredModel } from './partition/open-stored-model.ts'
export type { StoredModelOptions } from './partition/open-stored-model.ts'
export { rowsBySegment } from './partition/rows-by-segment.ts'
export { copyScores, putScores } from './put-scores.ts'
export { scoringModel } from './scoring-model.ts'
export { readSignature } from './signature.ts'
export type { TensorData } from './tensor-proto.ts'
export { tensorText } from './tensor-text.ts'
export { weightBytes } from './weight-bytes.ts'
