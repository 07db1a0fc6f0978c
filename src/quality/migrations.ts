import type { Migration } from '#platform'
import { inspections } from './migrations/inspections.ts'
import { profiles } from './profile/migration.ts'

/** Profiles and their binnings, then inspections and quarantined rows. */
export const migrations: readonly Migration[] = [profiles, inspections]
