/**
 * System: the one typed file. Its form, its builders, its versions, what a change of it would cause.
 * Tables: `system_versions`. Emits `system applied`. Invariant: an applied version never changes.
 *
 * This is also what a system file imports as `millrace`.
 */
export * from './schema.ts'
export { checkSchema } from './check-schema.ts'
export type { ServingSpec } from './serving-schema.ts'
export { days, hours, minutes } from '#platform'
export { defineSystem } from './authoring/define-system.ts'
export type { SystemFile } from './authoring/define-system.ts'
export { csv, json, ndjson, parquet } from './authoring/sources.ts'
export { between, check, fresh, inSet, matches, notNull, rowCount, unique } from './authoring/checks.ts'
export type { Bound, CheckOptions } from './authoring/checks.ts'
export { history } from './authoring/history.ts'
export { sql } from './authoring/sql.ts'
export { boostedTrees, linear, logistic, majority, mean, rule, seasonalNaive } from './authoring/candidates.ts'
export type {
  BoostedTreesOptions,
  CandidateOptions,
  LearnerOptions,
  LinearOptions,
  SeasonalOptions,
} from './authoring/candidates.ts'
export { command, python } from './authoring/program-candidates.ts'
export type { ProgramOptions, PythonOptions } from './authoring/program-candidates.ts'
export type { ProgramSpec } from './program-schema.ts'
export { atLeast, atMost, beats } from './authoring/gates.ts'
export { bigBang, canary } from './authoring/releases.ts'
export { groupSplit, kFold, randomSplit, timeSplit } from './authoring/splits.ts'
export { parseSystem } from './validation/parse-system.ts'
export { systemWarnings } from './validation/system-warnings.ts'
export { candidateKinds, candidateName, metricTasks, programKinds } from './validation/vocabulary.ts'
export type { SpecIssue } from './validation/spec-issue.ts'
export { loadSystemFile } from './loading/load-system-file.ts'
export type { LoadedSystem } from './loading/load-system-file.ts'
export { codeState } from './loading/code-state.ts'
export type { CodeState } from './loading/code-state.ts'
export { applySystem } from './versions/apply-system.ts'
export type { SystemApplication } from './versions/apply-system.ts'
export { currentSystem, listSystems, systemAt, systemVersions } from './versions/system-versions.ts'
export { planSystem } from './planning/plan-system.ts'
export type { Plan, PlannedChange } from './planning/plan-system.ts'
export type { Effect } from './planning/change-effect.ts'
export { smartCheck } from './objective/smart-check.ts'
export type { Feasibility, SmartCheck, SmartLetter } from './objective/smart-check.ts'
export { proposeSystem } from './proposal/propose-system.ts'
export type { ProposalOptions } from './proposal/propose-system.ts'
export type { ColumnSniff, FileSniff } from './proposal/sniff.ts'
