import type { Socket } from 'node:net'
import { readHead, type RequestHead } from './read-head.ts'

/** A request that is whole. */
export interface FastRequest {
  readonly head: RequestHead
  /** Valid until the handler returns. */
  readonly body: Buffer
}

/** What a request is answered with. */
export interface FastAnswer {
  readonly status: number
  readonly contentType: string
  /** Text is sent as UTF-8. */
  readonly body: string | Buffer
  /** Header lines, each with its line break. */
  readonly headers?: string
}

export type Respond = (answer: FastAnswer) => void

/** Answers the requests of one address, each exactly once, now or later. */
export type FastHandler = (request: FastRequest, respond: Respond) => void

/** What a connection asks of the door that it came through. */
export interface DoorWay {
  /** Who answers a request; nothing where the complete server has to. */
  handlerOf(head: RequestHead, socket: Socket): FastHandler | undefined
  /** Goes on with a connection whose next request is not for the fast door: these bytes were read of it. */
  handOver(connection: FastConnection, bytes: Buffer): void
  readonly maxBodyBytes: number
  /** Whether the door is closing: then answers end their connections. */
  isClosing(): boolean
  forget(connection: FastConnection): void
}

/** One connection at the fast door. Requests are answered in the order in which they come, one at a time. */
export class FastConnection {
  readonly socket: Socket
  /** Milliseconds when what is under way began: an unfinished request, or waiting for one. */
  sinceMs = performance.now()
  readonly #way: DoorWay
  /** What was read and not yet used. */
  #bytes: Buffer | undefined
  /** The head of the request whose body is being read. */
  #head: RequestHead | undefined
  #handler: FastHandler | undefined
  #body: Buffer | undefined
  #bodyLength = 0
  #isAnswering = false
  #isReading = false
  #lastHeadText = ''
  #lastHead: RequestHead | undefined
  #lastHandler: FastHandler | undefined

  constructor(socket: Socket, way: DoorWay) {
    this.socket = socket
    this.#way = way
    socket.on('data', this.#onData)
    socket.on('error', this.#onEnd)
    socket.on('close', this.#onEnd)
  }

  /** Whether a request has begun that is not answered. */
  get isBusy(): boolean {
    return this.#isAnswering || this.isPartial
  }

  /** Whether a request has begun that has not come whole. */
  get isPartial(): boolean {
    return !this.#isAnswering && (this.#head !== undefined || this.#bytes !== undefined)
  }

  /** Leaves the socket to somebody else. */
  detach(): void {
    this.socket.off('data', this.#onData)
    this.socket.off('error', this.#onEnd)
    this.socket.off('close', this.#onEnd)
    this.#way.forget(this)
  }

  #onEnd = (): void => {
    this.detach()
    // A socket that failed may tell so again.
    this.socket.on('error', () => undefined)
    this.socket.destroy()
  }

  #onData = (chunk: Buffer): void => {
    if (this.#body) {
      this.#takeBody(chunk)
      return
    }
    if (!this.#bytes) {
      this.sinceMs = performance.now()
      this.#bytes = chunk
    } else this.#bytes = Buffer.concat([this.#bytes, chunk])
    // Requests that come before the answer to the last one wait in the socket.
    if (this.#isAnswering) {
      if (this.#bytes.length > maxHeadBytes) this.socket.pause()
    } else this.#read()
  }

  /** Reads requests until one is under way or more has to come. */
  #read(): void {
    if (this.#isReading) return
    this.#isReading = true
    while (this.#bytes && !this.#isAnswering && this.#readOne());
    this.#isReading = false
  }

  #readOne(): boolean {
    const bytes = this.#bytes as Buffer
    const end = bytes.indexOf(headEnd)
    if (end < 0 || end > maxHeadBytes) {
      if (bytes.length > maxHeadBytes) this.#leave()
      return false
    }
    const text = bytes.toString('latin1', 0, end)
    if (text !== this.#lastHeadText) {
      const head = readHead(text)
      this.#lastHeadText = text
      this.#lastHead = head
      this.#lastHandler = head && this.#way.handlerOf(head, this.socket)
    }
    const head = this.#lastHead
    const handler = this.#lastHandler
    if (!head || !handler || head.contentLength > this.#way.maxBodyBytes) {
      this.#leave()
      return false
    }
    const from = end + 4
    const there = bytes.length - from
    const { contentLength } = head
    if (there < contentLength) {
      this.#head = head
      this.#handler = handler
      this.#body = Buffer.allocUnsafe(contentLength)
      this.#bodyLength = bytes.copy(this.#body, 0, from)
      this.#bytes = undefined
      return false
    }
    this.#bytes = there > contentLength ? bytes.subarray(from + contentLength) : undefined
    this.#answer(handler, head, bytes.subarray(from, from + contentLength))
    return true
  }

  #takeBody(chunk: Buffer): void {
    const body = this.#body as Buffer
    const copied = chunk.copy(body, this.#bodyLength)
    this.#bodyLength += copied
    if (this.#bodyLength < body.length) return
    const head = this.#head as RequestHead
    const handler = this.#handler as FastHandler
    this.#head = this.#handler = this.#body = undefined
    this.#bytes = copied < chunk.length ? chunk.subarray(copied) : undefined
    this.#answer(handler, head, body)
    this.#read()
  }

  #answer(handler: FastHandler, head: RequestHead, body: Buffer): void {
    this.#isAnswering = true
    let isAnswered = false
    const respond: Respond = (answer) => {
      if (isAnswered) return
      isAnswered = true
      this.#write(answer, head.keepAlive && !this.#way.isClosing())
    }
    handler({ head, body }, respond)
  }

  #write({ status, contentType, body, headers = '' }: FastAnswer, keepAlive: boolean): void {
    this.#isAnswering = false
    this.sinceMs = performance.now()
    const { socket } = this
    if (socket.destroyed) return
    const isText = typeof body === 'string'
    const isAscii = isText && !beyondAscii.test(body)
    const length = isText ? (isAscii ? body.length : Buffer.byteLength(body)) : body.length
    const head = `HTTP/1.1 ${status} ${reasons[status] ?? 'Status'}\r\nContent-Type: ${contentType}\r\nContent-Length: ${length}\r\n${headers}${keepAlive ? '' : 'Connection: close\r\n'}\r\n`
    if (isText) socket.write(head + body, isAscii ? 'latin1' : 'utf8')
    else {
      socket.cork()
      socket.write(head, 'latin1')
      socket.write(body)
      socket.uncork()
    }
    if (!keepAlive) {
      socket.end()
      return
    }
    if (socket.isPaused()) socket.resume()
    if (this.#bytes) this.#read()
  }

  #leave(): void {
    const bytes = this.#bytes as Buffer
    this.#bytes = undefined
    this.detach()
    this.#way.handOver(this, bytes)
  }
}

const headEnd = '\r\n\r\n'
const maxHeadBytes = 16_384
// eslint-disable-next-line no-control-regex
const beyondAscii = /[^\x00-\x7f]/

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}
