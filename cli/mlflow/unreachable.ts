import { messageOf } from '#platform'
import { usageFailure } from '../usage-failure.ts'

/** The failure of an address at which nothing has answered yet, with what is known of why. */
export function unreachable(root: string, error: unknown): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : messageOf(cause)
  const known = reasons.find(({ codes }) => codes.test(code))
  const attempt = `Cannot read from ${root}: the address cannot be reached, ${known?.why ?? messageOf(cause)}`
  return usageFailure('unreachable', attempt, { cause: error, ...(known?.remedy && { remedy: known.remedy }) })
}

/** By the code, or else the message, of what the runtime says. */
const reasons: readonly { readonly codes: RegExp; readonly why: string; readonly remedy?: string }[] = [
  { codes: /^bad port$/, why: 'its port is one that is kept for another protocol' },
  { codes: /^ECONNREFUSED$/, why: 'the connection was refused: nothing listens there' },
  { codes: /^ENOTFOUND$/, why: 'no host has this name' },
  { codes: /TIMEDOUT$|TIMEOUT$/, why: 'nothing answered in time' },
  {
    codes: /WRONG_VERSION_NUMBER$|PACKET_LENGTH_TOO_LONG$|^EPROTO$/,
    why: 'what listens there does not speak HTTPS',
    remedy: 'Check host and port, and try http:// instead',
  },
  {
    codes: /SELF_SIGNED|UNABLE_TO_|^CERT_|ALTNAME_INVALID/,
    why: 'its certificate is not trusted here',
    remedy: "Name the file of its authority's certificate: NODE_EXTRA_CA_CERTS=authority.pem",
  },
]
