/**
 * Quality: what the data look like and whether they may be used. Profiles are the statistics of one column in one window,
 * made once and read by checks, drift, anomalies and charts. Tables: `quality_binnings`, `quality_scope_binnings`,
 * `quality_profiles`, `quality_inspections`, `quality_quarantines`. Emits nothing.
 *
 * Invariants: a profile in memory and one of the lake are equal for the same rows; profiles of one binning add up; a
 * column has one profile for each system, scope and window.
 */
export type * from './schema.ts'
export { blobReferences } from './blob-references.ts'
export { anomalies } from './profile/anomalies.ts'
export { chooseBinnings } from './profile/choose-binnings.ts'
export type { ChooseBinningsOptions } from './profile/choose-binnings.ts'
export { mergeProfiles } from './profile/merge-profiles.ts'
export { profileTable } from './profile/profile-table.ts'
export type { ProfileTableOptions } from './profile/profile-table.ts'
export { profileWindows } from './profile/profile-windows.ts'
export type { ProfileWindowsOptions } from './profile/profile-windows.ts'
export { binningsOf, profilesOf, saveBinnings, saveProfiles } from './profile/store.ts'
export type { ProfileScope } from './profile/store.ts'
export { meanOf, nullShare, proportionsOf, standardDeviationOf } from './profile/statistics.ts'
export type { TimeWindows } from './profile/window-plan.ts'
export { checkName } from './check-name.ts'
export { inspectSnapshot } from './inspect-snapshot.ts'
export { quarantined, readQuarantined } from './quarantine.ts'
export type { RejectedRow } from './quarantine.ts'
export { runChecks } from './run-checks.ts'
export type { CheckOptions } from './run-checks.ts'
export { splitRows } from './split-rows.ts'
export type { SplitRows } from './split-rows.ts'
export { inspectionsOf } from './store.ts'
export type { InspectionRecord } from './store.ts'
