import { pino, type Logger } from 'pino'

export type Log = Logger

/** Structured logs as JSON lines on standard error. */
export function openLog(level: string): Log {
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }))
}

/** A log that keeps nothing: for rehearsals, which record events instead. */
export const silentLog: Log = pino({ level: 'silent' })
