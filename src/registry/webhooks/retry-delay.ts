/**
 * How long a delivery that failed waits before it is tried again: four times as long as before each time, an hour at most;
 * longer where the receiver asks for it, a day at most.
 * @param failed.attempts how often it was tried, from 1
 * @returns null where it has been tried often enough
 */
export function retryDelayMs(failed: {
  readonly attempts: number
  readonly firstMs: number
  readonly retryAfterMs?: number | undefined
}): number | null {
  const { attempts, firstMs, retryAfterMs = 0 } = failed
  if (attempts >= mostAttempts) return null
  return Math.max(Math.min(firstMs * 4 ** (attempts - 1), hourMs), Math.min(retryAfterMs, 24 * hourMs))
}

/** The last one some seven hours after the first, where the first wait is a second. */
const mostAttempts = 13
const hourMs = 3_600_000
