import { defineFailures } from './failure.ts'

const fail = defineFailures('duration', {
  invalid: {
    status: 422,
    means: 'A span of time could not be read',
    remedy: "Write a number and a unit: '15m', '36h', '28d'",
  },
})

/** A span of time as text: a whole number and `ms`, `s`, `m`, `h` or `d`, such as `28d`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The pattern of a {@link Duration}. */
export const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

/** The longest that is taken from outside: a moment so far from today can still be written as a date. */
export const longestDuration = '100000d'

/** Whether a text is a {@link Duration}, and no longer than the longest. */
export const isDuration = (text: string): text is Duration =>
  durationPattern.test(text) && durationMs(text) <= durationMs(longestDuration)

/**
 * Milliseconds in a duration.
 * @throws {Failure} `duration/invalid`
 */
export function durationMs(text: string): number {
  const match = durationPattern.exec(text)
  if (!match) throw fail('invalid', `Cannot read the duration '${text}': expected a number and a unit`)
  return Number(match[1]) * (unitMs[match[2] as string] as number)
}

export const minutes = (count: number): Duration => `${count}m`
export const hours = (count: number): Duration => `${count}h`
export const days = (count: number): Duration => `${count}d`
