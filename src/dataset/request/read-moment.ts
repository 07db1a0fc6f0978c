/**
 * Epoch milliseconds of a moment as requests give it: ISO 8601 text, which without a zone is UTC, or the number itself.
 * @returns undefined for anything else
 */
export function readMoment(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && Math.abs(value) <= latest ? value : undefined
  if (typeof value !== 'string') return undefined
  const match = isoForm.exec(value.trim())
  if (!match) return undefined
  const [, day, time = '00:00', zone = 'Z'] = match
  if (zone === 'Z') {
    // Of the day that is written, so it is one that there is: the usual case, in one reading.
    const found = Date.parse(`${day}T${time}Z`)
    if (new Date(found).getUTCDate() === Number(day?.slice(8))) return found
  }
  const midnight = Date.parse(`${day}T00:00Z`)
  // Date.parse() takes 2001-02-30 for the second of March.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return undefined
  const found = Date.parse(`${day}T${time}${zone.length === 3 ? `${zone}:00` : zone}`)
  return Number.isNaN(found) ? undefined : found
}

const isoForm = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}(?::?\d{2})?)?)?$/

/** The last moment that a JavaScript date holds. */
const latest = 8.64e15
