/** The head of a request that the fast door understands in full. */
export interface RequestHead {
  readonly method: string
  /** As it stands in the request line. */
  readonly target: string
  /** By name in lower case; none stands twice. */
  readonly headers: Readonly<Record<string, string>>
  readonly contentLength: number
  readonly keepAlive: boolean
}

/**
 * Reads the head of an HTTP/1.1 request by a grammar that leaves no doubt where the request ends: one `Content-Length`
 * or none, no `Transfer-Encoding`, no header twice, no folded lines, nothing but visible ASCII.
 *
 * @param text the head without the empty line that ends it
 * @returns undefined for anything else: then a complete parser has to read it
 * @see RFC 9112, sections 3, 5 and 6.3
 */
export function readHead(text: string): RequestHead | undefined {
  const lines = text.split('\r\n')
  const start = requestLine.exec(lines[0] as string)
  if (!start) return undefined
  const headers: Record<string, string> = Object.create(null) as Record<string, string>
  for (let i = 1; i < lines.length; i++) {
    const field = headerLine.exec(lines[i] as string)
    if (!field) return undefined
    const name = (field[1] as string).toLowerCase()
    if (name in headers || unusual.has(name)) return undefined
    headers[name] = (field[2] as string).trim()
  }
  const length = headers['content-length']
  if (headers['host'] === undefined || (length !== undefined && !/^\d{1,10}$/.test(length))) return undefined
  const connection = headers['connection']?.toLowerCase()
  if (connection !== undefined && connection !== 'keep-alive' && connection !== 'close') return undefined
  return {
    method: start[1] as string,
    target: start[2] as string,
    headers,
    contentLength: Number(length ?? 0),
    keepAlive: connection !== 'close',
  }
}

const requestLine = /^(GET|POST) (\/[\x21-\x7e]*) HTTP\/1\.1$/
/** The value with the space around it: one class, so that no value takes long to refuse. */
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\x20-\x7e\t]*)$/

/** Headers that change where a request ends, or what has to happen before it is read. */
const unusual: ReadonlySet<string> = new Set(['transfer-encoding', 'expect', 'upgrade', 'trailer', 'te'])
