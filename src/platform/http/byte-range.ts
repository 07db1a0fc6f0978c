import type { ByteRange } from '../blobs.ts'

/**
 * The part of some bytes that a `Range` header asks for.
 * @param range.header absent for all
 * @returns undefined for all of them, which is also the answer to several parts and to what is no range; 'beyond' where
 * they have no such part
 * @see RFC 9110, section 14
 */
export function readRange({
  header,
  sizeBytes,
}: {
  readonly header: string | undefined
  readonly sizeBytes: number
}): ByteRange | 'beyond' | undefined {
  const [, from, to] = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(header ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined
  const end = sizeBytes - 1
  if (from === '') {
    if (Number(to) === 0 || sizeBytes === 0) return 'beyond'
    return { first: Math.max(0, sizeBytes - Number(to)), last: end }
  }
  const first = Number(from)
  if (to !== '' && Number(to) < first) return undefined
  if (first > end) return 'beyond'
  return { first, last: to === '' ? end : Math.min(Number(to), end) }
}
