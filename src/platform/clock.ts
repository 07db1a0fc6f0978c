/** Milliseconds since 1970-01-01T00:00:00Z: how every moment is stored and passed. */
export type EpochMs = number

/** Where the time comes from. Nothing else in Millrace reads the time. */
export interface Clock {
  now(): EpochMs
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now() }

/** A clock that stands still until it is moved: rehearsals and tests run on it. */
export interface VirtualClock extends Clock {
  /** Moves to `at`; @throws RangeError when that is in its past. */
  advanceTo(at: EpochMs): void
}

export function virtualClock(start: EpochMs): VirtualClock {
  let current = start
  return {
    now: () => current,
    advanceTo: (at) => {
      if (at < current) throw new RangeError(`Cannot move the clock back: it is ${iso(current)}, asked for ${iso(at)}`)
      current = at
    },
  }
}

/** ISO 8601 in UTC, without milliseconds where they are zero. */
export function iso(at: EpochMs): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}
