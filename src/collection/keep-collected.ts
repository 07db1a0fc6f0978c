import type { Workspace } from '#platform'
import { collect } from './collect.ts'

/** Work that goes on by itself until it is closed. */
export interface KeptCollected {
  /** Waits for the end of a collection that is under way. */
  close(): Promise<void>
}

/**
 * Collects once a day what can no longer be restored; the first time some while after the start, which has enough to do.
 * @param options.olderThanMs how long what was deleted can be restored
 */
export function keepCollected(
  workspace: Workspace,
  {
    olderThanMs,
    firstMs = 900_000,
    everyMs = 86_400_000,
  }: {
    readonly olderThanMs: number
    readonly firstMs?: number
    readonly everyMs?: number
  },
): KeptCollected {
  let collecting: Promise<void> | undefined
  const once = (): void => {
    collecting ??= collect(workspace, { olderThanMs })
      .then(
        () => undefined,
        (error: unknown) => workspace.log.error({ err: error }, 'collect what was deleted'),
      )
      .finally(() => (collecting = undefined))
  }
  let repeated: NodeJS.Timeout | undefined
  const first = setTimeout(() => {
    once()
    repeated = setInterval(once, everyMs).unref()
  }, firstMs).unref()
  return {
    close: async () => {
      clearTimeout(first)
      clearInterval(repeated)
      await collecting
    },
  }
}
