import { beginQuick } from '../quick-transaction.ts'

/** A statement as it is sent. */
export interface Statement {
  readonly text: string
  /** Whether the connection keeps it prepared. */
  readonly prepare: boolean
}

/**
 * Statements of one connection as PostgreSQL takes them, by how they were written.
 *
 * A transaction begins with the lock of all that write, as on SQLite: what it reads cannot change before it writes. Those
 * written by hand have '?' for each parameter.
 */
export function statements(): (given: string) => Statement {
  const known = new Map<string, Statement>()
  return (given) => {
    const held = known.get(given)
    if (held) return held
    // The server keeps what is prepared as long as the connection: some thousand statements are enough.
    if (known.size >= mostPrepared) return { text: textOf(given), prepare: false }
    const made = { text: textOf(given), prepare: true }
    known.set(given, made)
    return made
  }
}

/** Whether a statement begins a transaction. */
export const begins = (given: string): boolean => given === 'begin' || given === beginQuick

function textOf(given: string): string {
  if (given === 'begin') return `begin; ${takeTurn}`
  if (given === beginQuick) return `begin; set local synchronous_commit = off; ${takeTurn}`
  let place = 0
  return given.includes('?') ? given.replaceAll('?', () => `$${++place}`) : given
}

/** Stores in schemas of one database take turns each by itself. */
const takeTurn = `set local lock_timeout = '30s'; select pg_advisory_xact_lock(7717, hashtext(current_schema()))`

const mostPrepared = 1000
