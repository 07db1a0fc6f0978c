import type { Socket } from 'node:net'

/** What a request is answered with. */
export interface FastAnswer {
  readonly status: number
  readonly contentType: string
  /** Text is sent as UTF-8. */
  readonly body: string | Buffer
  /** Whether a text is known to be of ASCII alone; where absent, it is gone through to see. */
  readonly isAscii?: boolean
  /** Header lines, each with its line break. */
  readonly headers?: string
}

/** Writes an answer as HTTP/1.1; one that is not kept alive says that it is the connection's last. */
export function writeAnswer(
  socket: Socket,
  { status, contentType, body, isAscii: isKnownAscii = false, headers = '' }: FastAnswer,
  { keepAlive }: { readonly keepAlive: boolean },
): void {
  const isText = typeof body === 'string'
  const isAscii = isText && (isKnownAscii || isAsciiText(body))
  const length = isText ? (isAscii ? body.length : Buffer.byteLength(body)) : body.length
  const head = `HTTP/1.1 ${status} ${reasons[status] ?? 'Status'}\r\nContent-Type: ${contentType}\r\nContent-Length: ${length}\r\n${headers}${keepAlive ? '' : 'Connection: close\r\n'}\r\n`
  if (isText) {
    socket.write(head + body, isAscii ? 'latin1' : 'utf8')
    return
  }
  if (body.length <= copiedBytes) {
    const answer = Buffer.allocUnsafe(head.length + body.length)
    answer.write(head, 'latin1')
    body.copy(answer, head.length)
    socket.write(answer)
    return
  }
  socket.cork()
  socket.write(head, 'latin1')
  socket.write(body)
  socket.uncork()
}

/** A body of so many bytes is copied behind its head sooner than both are handed over by themselves. */
const copiedBytes = 16_384

export const isAsciiText = (text: string): boolean => !beyondAscii.test(text)
// eslint-disable-next-line no-control-regex
const beyondAscii = /[^\x00-\x7f]/

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}
