import type { Migration } from '#platform'
import { snapshots } from './migrations/snapshots.ts'

/** Snapshots. */
export const migrations: readonly Migration[] = [snapshots]
