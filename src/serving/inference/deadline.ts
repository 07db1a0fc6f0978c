import { fail } from '../failures.ts'

/**
 * When nobody waits any longer for a request, in milliseconds of `performance.now()`; Infinity where that is never.
 * @param timeout the protocol's parameter: microseconds, 0 for none
 * @param cameMs when the request came
 * @throws {Failure} `serving/badInput`
 */
export function deadlineOf(timeout: unknown, cameMs: number): number {
  if (timeout === undefined || timeout === 0) return Infinity
  if (typeof timeout === 'number' && timeout > 0) return cameMs + timeout / 1000
  throw fail('badInput', 'Cannot run the model: its timeout is no number of microseconds above 0')
}
