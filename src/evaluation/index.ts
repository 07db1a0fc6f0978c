/**
 * Evaluation: what a model is worth, said with intervals and in money. Metrics, calibration, thresholds, slices,
 * comparisons, the choice on the ladder of candidates, gates.
 *
 * Owns no tables and emits no events: everything here is a function of its arguments. Invariants: the same rows and the
 * same random stream give the same judgement, byte for byte; a model is never judged on rows that were left out
 * silently.
 */
export type * from './schema.ts'
export { bestThreshold, type BestThreshold, type PricedThreshold } from './cost/best-threshold.ts'
export { calibratedThreshold } from './cost/calibrated-threshold.ts'
export { doNothing } from './cost/do-nothing.ts'
export { costPer, rowCosts } from './cost/row-costs.ts'
export { calibrationCurve } from './calibration-curve.ts'
export { chooseCandidate, describeComparison } from './choose-candidate.ts'
export type { Choice, ChoiceReason, LadderEntry } from './choose-candidate.ts'
export { chooseSegments, type SegmentChoice, type SegmentOptions } from './choose-segments.ts'
export { comparePaired, type CompareOptions, type Contender } from './compare-paired.ts'
export { decide, positiveProbabilities, type DecideOptions } from './decide.ts'
export { evaluate, type EvaluateOptions } from './evaluate.ts'
export { judgeGates, type GateEvidence, type GateJudgement, type GateResult } from './judge-gates.ts'
export { estimate, measure } from './measure.ts'
export { metricOf, metrics, type Metric } from './metrics.ts'
export { permutationImportance, type ImportanceOptions, type InputImportance } from './permutation-importance.ts'
export type { Judgement } from './sample/judged-rows.ts'
