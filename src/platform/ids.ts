import { randomFillSync } from 'node:crypto'
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

/** Where identifiers come from: unique, sortable by time, prefixed with what they name (`run_01j…`). */
export interface Ids {
  next(prefix: string): string
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** Identifiers of the live system: 48 bits of time and 80 random bits, in base 32. */
export function systemIds(clock: Clock): Ids {
  const bytes = Buffer.alloc(4096)
  let used = bytes.length
  return {
    next: (prefix) => {
      if (used === bytes.length) {
        randomFillSync(bytes)
        used = 0
      }
      const from = used
      used += 16
      return `${prefix}_${encodeTime(clock.now())}${encode(bytes, from)}`
    },
  }
}

/**
 * Identifiers of a rehearsal or a test: the same seed and clock give the same ones. Each prefix has a stream of its own,
 * so that work going on side by side cannot shift the names of other things.
 */
export function seededIds(clock: Clock, random: Random): Ids {
  const streams = new Map<string, Random>()
  return {
    next: (prefix) => {
      const stream = streams.get(prefix) ?? random.fork(prefix)
      streams.set(prefix, stream)
      return `${prefix}_${encodeTime(clock.now())}${encode(
        Array.from({ length: 16 }, () => stream.int(32)),
        0,
      )}`
    },
  }
}

function encodeTime(at: number): string {
  let rest = Math.max(0, Math.floor(at))
  let text = ''
  for (let i = 0; i < 10; i++) {
    text = (alphabet[rest % 32] as string) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

function encode(values: ArrayLike<number>, from: number): string {
  let text = ''
  for (let i = from; i < from + 16; i++) text += alphabet[(values[i] as number) & 31] as string
  return text
}

declare const brand: unique symbol
/** A string that names one kind of thing and cannot be passed for another. */
export type Id<Kind extends string> = string & { readonly [brand]?: Kind }
