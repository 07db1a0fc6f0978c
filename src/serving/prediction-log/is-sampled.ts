import { crc32 } from 'node:zlib'

/**
 * Whether a prediction is among the share that the log keeps: by a hash of its id alone, so that whoever asks decides
 * alike, a larger share keeps what a smaller one keeps, and which arm answered makes no difference.
 * @param share more than 0; 1 keeps all
 */
export function isSampled(id: string, share: number): boolean {
  return share >= 1 || placeOf(id) < share
}

/** A place in [0, 1): CRC-32 tells ids apart, the finaliser of MurmurHash3 spreads them. */
function placeOf(id: string): number {
  let value = crc32(id)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return ((value ^ (value >>> 16)) >>> 0) / 4_294_967_296
}
