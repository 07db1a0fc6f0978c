import { fail, type PlatformFailureCode } from '../failures.ts'
import { isFailure, messageOf } from '../failure.ts'

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? ''

/** Whether the connection ended, or could not be made: nobody knows what the server did of the statement. */
export const isLost = (error: unknown): boolean => lost.test(codeOf(error))

/** Whether the server undid all of a statement because of others that ran at the same time. */
export const isUndone = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error))

/**
 * Wraps what PostgreSQL says about itself and its connections into a {@link Failure}; anything else, a mistake of ours, keeps
 * its message and code. No message holds the address with its password.
 */
export function postgresFailure(error: unknown): Error {
  if (isFailure(error)) return error
  const code = codeOf(error)
  const [kind, attempt] = kinds.find(([, , pattern]) => pattern.test(code)) ?? []
  return kind && attempt
    ? fail(kind, `Cannot ${attempt}: ${messageOf(error)}`, { cause: error })
    : Object.assign(new Error(messageOf(error), { cause: error }), { code })
}

const lost =
  /^(?:CONNECT|CONNECTION_|ECONN|EPIPE|ENOENT|ENOTFOUND|EAI_|EHOST|ENETWORK|ENETUNREACH|ETIMEDOUT|ERR_SSL|ERR_TLS|57P0|08|53300|25P03)/

/** Failures by what was attempted and by the codes of PostgreSQL, Node and the client; the first that fits counts. */
const kinds: readonly (readonly [PlatformFailureCode, string, RegExp])[] = [
  ['databaseUnreachable', 'reach the database', lost],
  ['databaseRefused', 'open the database', /^(?:28|3D000|3F000|42501|SASL)/],
  ['databaseBusy', 'write to the database', /^(?:55P03|40001|40P01|57014)/],
  ['diskFull', 'write to the database', /^(?:53100|53200)/],
  ['notWritable', 'write to the database', /^25006/],
  ['damagedStore', 'read the database', /^XX/],
  ['unstorable', 'store a value', /^(?:22003|22021|22P02|22P05|54000|MAX_PARAMETERS)/],
]
