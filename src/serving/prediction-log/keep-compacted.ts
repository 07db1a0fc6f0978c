import type { Workspace } from '#platform'
import { compactLogs } from './compact-logs.ts'

/** Work that goes on by itself until it is closed. */
export interface KeptCompacted {
  /** Ends with the merge that is under way. */
  close(): Promise<void>
}

/**
 * Merges the prediction log now and then, all names of it. One process of a server does it; should two, each file is
 * still merged once.
 * @param options.everyMs a minute where absent
 */
export function keepCompacted(workspace: Workspace, options: { readonly everyMs?: number } = {}): KeptCompacted {
  let merging: Promise<void> | undefined
  const timer = setInterval(() => {
    merging ??= compactLogs(workspace)
      .then(() => undefined)
      .catch((error: unknown) => workspace.log.error({ err: error }, 'merge the prediction log'))
      .finally(() => (merging = undefined))
  }, options.everyMs ?? 60_000).unref()
  return {
    close: async () => {
      clearInterval(timer)
      await merging
    },
  }
}
