import { sql } from 'kysely'
import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '../database.ts'
import type { Ready } from './probes.ts'

/** Whether the store of facts answers now. */
export const storeReady =
  (database: Database): Ready =>
  async () => {
    const late = new AbortController()
    const answers = sql`select 1`.execute(database).then(
      () => true,
      () => false,
    )
    const ready = await Promise.race([answers, wait(patienceMs, false, { signal: late.signal }).catch(() => false)])
    late.abort()
    return ready ? { ready } : { ready, why: 'its database does not answer' }
  }

const patienceMs = 1000
