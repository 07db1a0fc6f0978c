import { isSecretOf, keyedPrint, type EpochMs, type Workspace } from '#platform'
import { fail } from '../failures.ts'
import type { Token } from '../schema.ts'
import { readToken, updateLastUsed, type HashedToken } from '../tokens/store/tokens.ts'
import { readTokenText } from '../tokens/token-text.ts'
import { attemptBudget } from './attempt-budget.ts'
import { boundedMap } from './bounded-map.ts'

/** The tokens that this process has met. */
export interface KnownTokens {
  /**
   * The token of a text, at once where it was met lately; be it expired or revoked.
   * @throws {Failure} `governance/unknownToken`, `governance/tooManyAttempts`, now or in the promise
   */
  find(text: string): Token | Promise<Token>
}

/**
 * Knows tokens by their texts. That a secret is the right one is found out once and then known by a quick print of the
 * text; what the store says of a token is read again every {@link freshMs}, so that a token that was revoked by another
 * process ends here too.
 */
export function openKnownTokens(workspace: Workspace): KnownTokens {
  const { database, clock, log } = workspace
  const print = keyedPrint()
  /** Ids of tokens whose text was right, by its print, with the moment when that is to be found out again. */
  const right = boundedMap<string, { readonly id: string; readonly untilMs: EpochMs }>(mostKnown)
  /** Prints of texts that are no tokens, with the moment when they may be looked at again. */
  const wrong = boundedMap<string, EpochMs>(mostKnown)
  const read = boundedMap<string, { readonly token: HashedToken; readonly atMs: EpochMs }>(mostKnown)
  const underWay = new Map<string, Promise<Token>>()
  const budget = attemptBudget({ most: 20, everyMs: 500 })

  const unknown = (printed: string): Error => {
    wrong.set(printed, clock.now() + wrongForMs)
    return unknownToken()
  }
  const noteUse = ({ id, lastUsedAtMs }: Token): void => {
    const atMs = clock.now()
    if (lastUsedAtMs !== null && lastUsedAtMs > atMs - noteUseEveryMs) return
    updateLastUsed(database, id, { atMs, unlessAfterMs: atMs - noteUseEveryMs }).catch((error: unknown) =>
      log.error({ err: error }, 'note the use of a token'),
    )
  }
  const check = async (text: string, printed: string): Promise<Token> => {
    const parts = readTokenText(text)
    const token = parts && (await readToken(database, parts.id))
    if (!parts || !token) throw unknown(printed)
    if (right.get(printed) === undefined) {
      if (!budget.take(clock.now()))
        throw fail('tooManyAttempts', 'Cannot look at the token: too many wrong ones were sent just now')
      if (!(await isSecretOf(parts.secret, token.hash))) throw unknown(printed)
      budget.giveBack()
      right.set(printed, { id: token.id, untilMs: clock.now() + rightForMs })
    }
    read.set(token.id, { token, atMs: clock.now() })
    noteUse(token)
    return token
  }
  return {
    find: (text) => {
      if (text.length > longestText) throw unknownToken()
      const printed = print(text)
      const nowMs = clock.now()
      const known = right.get(printed)
      const held = known && read.get(known.id)
      if (known && known.untilMs <= nowMs) right.delete(printed)
      else if (held && nowMs - held.atMs < freshMs) return held.token
      if ((wrong.get(printed) ?? 0) > nowMs) throw unknownToken()
      const asked = underWay.get(printed)
      if (asked) return asked
      const found = check(text, printed).finally(() => underWay.delete(printed))
      underWay.set(printed, found)
      return found
    },
  }
}

const unknownToken = (): Error =>
  fail('unknownToken', 'Cannot answer: the token that the request carries is not known here')

/** How long what the store says of a token is taken to be so. */
const freshMs = 2000
const rightForMs = 3_600_000
const wrongForMs = 60_000
const noteUseEveryMs = 300_000
const mostKnown = 10_000
const longestText = 200
