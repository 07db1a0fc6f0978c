import { readConfig } from '#platform'

/** The token that the command line sends to servers; undefined where it has none. */
export const ownToken = (): string | undefined => readConfig().MILLRACE_TOKEN || undefined

/** The header that carries it. */
export function tokenHeader(): { readonly authorization?: string } {
  const token = ownToken()
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}
