/**
 * Quality: what the data look like and whether they may be used. Profiles are the statistics of one column in one window,
 * made once and read by checks, drift, anomalies and charts. Tables: `quality_binnings`, `quality_scope_binnings`,
 * `quality_profiles`. Emits nothing.
 *
 * Invariants: a profile in memory and one of the lake are equal for the same rows; profiles of one binning add up; a
 * column has one profile for each system, scope and window.
 */
export type * from './schema.ts'
export { migrations } from './migrations.ts'
export { anomalies } from './profile/anomalies.ts'
export { mergeProfiles } from './profile/merge-profiles.ts'
export { profileTable } from './profile/profile-table.ts'
export type { ProfileTableOptions } from './profile/profile-table.ts'
export { meanOf, nullShare, proportionsOf, standardDeviationOf } from './profile/statistics.ts'
