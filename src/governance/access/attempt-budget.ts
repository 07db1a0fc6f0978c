import type { EpochMs } from '#platform'

/** How many tokens that may be wrong are looked at: each look costs as much as many requests. */
export interface AttemptBudget {
  /** Takes one attempt; false where none is left. */
  take(nowMs: EpochMs): boolean
  /** Gives one back: the token was right. */
  giveBack(): void
}

/** A budget that fills up again, one attempt each `everyMs`, to at most `most`. */
export function attemptBudget({ most, everyMs }: { readonly most: number; readonly everyMs: number }): AttemptBudget {
  let left = most
  let sinceMs = 0
  return {
    take: (nowMs) => {
      const more = Math.floor(Math.max(0, nowMs - sinceMs) / everyMs)
      if (left + more >= most) {
        left = most
        sinceMs = nowMs
      } else {
        left += more
        sinceMs += more * everyMs
      }
      if (left < 1) return false
      left -= 1
      return true
    },
    giveBack: () => void (left = Math.min(most, left + 1)),
  }
}
