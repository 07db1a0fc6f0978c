import type { Workspace } from '#platform'
import { compactLogs, needsCompaction } from './compact-logs.ts'

/** Work that goes on by itself until it is closed. */
export interface KeptCompacted {
  /** Ends with the merge that is under way, which may be cut short. */
  close(): Promise<void>
}

export interface KeepCompactedOptions {
  /** A minute where absent. */
  readonly everyMs?: number
  /** Merges all that there is to merge; in this process where absent. */
  readonly compact?: (signal: AbortSignal) => Promise<void>
}

/**
 * Merges the prediction log now and then, all names of it. One process of a server sees to it; should two, each file is
 * still merged once.
 */
export function keepCompacted(workspace: Workspace, options: KeepCompactedOptions = {}): KeptCompacted {
  const { everyMs = 60_000, compact = async () => void (await compactLogs(workspace)) } = options
  const stop = new AbortController()
  const merge = async (): Promise<void> => {
    if (await needsCompaction(workspace)) await compact(stop.signal)
  }
  let merging: Promise<void> | undefined
  const timer = setInterval(() => {
    merging ??= merge()
      .catch((error: unknown) => workspace.log.error({ err: error }, 'merge the prediction log'))
      .finally(() => (merging = undefined))
  }, everyMs).unref()
  return {
    close: async () => {
      clearInterval(timer)
      stop.abort()
      await merging
    },
  }
}
