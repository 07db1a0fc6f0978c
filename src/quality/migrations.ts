import type { Migration } from '#platform'
import { profiles } from './profile/migration.ts'

/** Profiles and their binnings, then what else quality keeps. */
export const migrations: readonly Migration[] = [profiles]
