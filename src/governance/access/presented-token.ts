import type { Caller } from '#platform'

/**
 * The token that a request carries: as `Bearer TOKEN`, or as the password of `Basic`, of whatever user.
 * @returns undefined where the request carries none; what is neither comes back as it is, and is no token of ours
 * @see RFC 6750, section 2.1, and RFC 7617
 */
export function presentedToken({ headers }: Pick<Caller, 'headers'>): string | undefined {
  const header = headers['authorization']
  if (header === undefined) return undefined
  const text = String(header).trim()
  const [, scheme = '', given = ''] = /^(\S+) +(\S+)$/.exec(text) ?? []
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return given
    case 'basic': {
      const pair = Buffer.from(given, 'base64').toString('utf8')
      return pair.slice(pair.indexOf(':') + 1)
    }
    default:
      return text
  }
}
