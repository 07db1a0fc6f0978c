import type { Socket } from 'node:net'
import { failureProblem } from '#platform'
import { hasAt } from './has-at.ts'
import { readHead, type RequestHead } from './read-head.ts'
import { receive } from './receive.ts'
import { writeAnswer, type FastAnswer } from './write-answer.ts'

/** A request that is whole. */
export interface FastRequest {
  readonly head: RequestHead
  /** Overwritten once the handler has returned: what is needed after that has to be copied. */
  readonly body: Buffer
}

export type Respond = (answer: FastAnswer) => void

/** Answers the requests of one address, each exactly once, now or later. */
export type FastHandler = (request: FastRequest, respond: Respond) => void

/** What a connection asks of the door that it came through. */
export interface DoorWay {
  /** Who answers a request; nothing where the complete server has to, or where it may not be answered. */
  handlerOf(head: RequestHead, socket: Socket): FastHandler | undefined | Promise<FastHandler | undefined>
  /** A number that changes from time to time: then who answers is asked again, since what may be answered changes. */
  turn(): number
  /** Goes on with a connection whose next request is not for the fast door: these bytes were read of it. */
  handOver(connection: FastConnection, bytes: Buffer): void
  readonly maxBodyBytes: number
  /** Whether the door is closing: then answers end their connections. */
  isClosing(): boolean
  forget(connection: FastConnection): void
  /** Told what a handler threw. */
  onUnexpected(error: unknown): void
}

/** One connection at the fast door. Requests are answered in the order in which they come, one at a time. */
export class FastConnection {
  readonly socket: Socket
  /** Milliseconds when what is under way began: an unfinished request, or waiting for one. */
  sinceMs = performance.now()
  readonly #way: DoorWay
  readonly #release: () => void
  /** What was read and not yet used. */
  #bytes: Buffer | undefined
  /** The head of the request whose body is being read. */
  #head: RequestHead | undefined
  #handler: FastHandler | undefined
  #body: Buffer | undefined
  #bodyLength = 0
  #isAnswering = false
  /** Whether an answer waits for the caller to take it. */
  #isSending = false
  #isReading = false
  /** Whether the caller has ended its side: then what it has sent is all. */
  #isAll = false
  /** Whether the last answer was written: what comes now is not read. */
  #isEnding = false
  /** With the empty line at its end. */
  #lastHeadBytes = Buffer.alloc(0)
  #lastHead: RequestHead | undefined
  #lastHandler: FastHandler | undefined
  /** The turn of the door in which that was asked. */
  #lastTurn = -1

  /** @param accepted a connection of which nothing was read yet */
  constructor(accepted: Socket, way: DoorWay) {
    const { socket, release } = receive(accepted, this.#onData)
    this.socket = socket
    this.#release = release
    this.#way = way
    for (const [event, listener] of this.#listeners) socket.on(event, listener)
  }

  /** Whether a request has begun that is not answered. */
  get isBusy(): boolean {
    return this.#isAnswering || this.isPartial
  }

  /** Whether a request has begun that has not come whole. */
  get isPartial(): boolean {
    return !this.#isAnswering && !this.#isSending && (this.#head !== undefined || this.#bytes !== undefined)
  }

  /** Whether its last answer was written. */
  get isEnding(): boolean {
    return this.#isEnding
  }

  /** Leaves the socket to somebody else. */
  detach(): void {
    this.#release()
    for (const [event, listener] of this.#listeners) this.socket.off(event, listener)
    this.#way.forget(this)
  }

  /** Ends the connection once all that was written is sent, with a last answer where one is given. */
  end(answer?: FastAnswer): void {
    this.#isEnding = true
    this.#head = this.#handler = this.#body = this.#bytes = undefined
    this.sinceMs = performance.now()
    if (answer) writeAnswer(this.socket, answer, { keepAlive: false })
    this.socket.end()
    // What still comes is read and thrown away: unread, it would take the last answer with it.
    this.socket.resume()
  }

  #onGone = (): void => {
    this.detach()
    // A socket that failed may tell so again.
    this.socket.on('error', () => undefined)
    this.socket.destroy()
  }

  /** @param piece overwritten once this has returned */
  #onData = (piece: Buffer): void => {
    if (this.#isEnding) return
    const isFirst = this.#bytes === undefined
    if (this.#body) this.#takeBody(piece)
    else this.#takeBytes(piece)
    if (!this.#bytes) return
    // What is left of the piece has to be kept.
    if (isFirst) this.#bytes = Buffer.from(this.#bytes)
    // Requests that come before the answer to the last one wait in the socket.
    if (!this.#isFree && this.#bytes.length > maxHeadBytes) this.socket.pause()
  }

  #takeBytes(piece: Buffer): void {
    if (!this.#bytes) this.sinceMs = performance.now()
    this.#bytes = this.#bytes ? Buffer.concat([this.#bytes, piece]) : piece
    this.#read()
  }

  #onAll = (): void => {
    this.#isAll = true
    this.#read()
  }

  #onDrain = (): void => {
    if (!this.#isSending || this.#isEnding) return
    this.#isSending = false
    this.sinceMs = performance.now()
    this.#goOn()
  }

  readonly #listeners = [
    ['end', this.#onAll],
    ['drain', this.#onDrain],
    ['error', this.#onGone],
    ['close', this.#onGone],
  ] as const

  #goOn(): void {
    if (this.socket.isPaused()) this.socket.resume()
    this.#read()
  }

  /** Reads requests until one is under way or more has to come. */
  #read(): void {
    if (this.#isReading) return
    this.#isReading = true
    while (this.#bytes && this.#isFree && this.#readOne());
    this.#isReading = false
    if (this.#isAll && this.#isFree) this.end()
  }

  get #isFree(): boolean {
    return !this.#isAnswering && !this.#isSending && !this.#isEnding
  }

  #readOne(): boolean {
    const bytes = this.#bytes as Buffer
    let from = this.#lastHeadBytes.length
    if (from === 0 || this.#lastTurn !== this.#way.turn() || !hasAt(bytes, this.#lastHeadBytes, 0)) {
      from = bytes.indexOf(headEnd) + headEnd.length
      if (from < headEnd.length || from > maxHeadBytes) {
        if (bytes.length > maxHeadBytes || isNoHttp(bytes)) this.#leave()
        return false
      }
      if (!bytes.subarray(0, from).equals(this.#lastHeadBytes)) {
        this.#lastHeadBytes = Buffer.from(bytes.subarray(0, from))
        this.#lastHead = readHead(bytes.toString('latin1', 0, from - headEnd.length))
      }
      const head = this.#lastHead
      const handler = head && this.#way.handlerOf(head, this.socket)
      if (handler instanceof Promise) {
        void this.#await(handler)
        return false
      }
      this.#lastHandler = handler
      this.#lastTurn = this.#way.turn()
    }
    const head = this.#lastHead
    const handler = this.#lastHandler
    if (!head || !handler || head.contentLength > this.#way.maxBodyBytes) {
      this.#leave()
      return false
    }
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

  /** Reads on when it is known who answers; what comes meanwhile waits. */
  async #await(handler: Promise<FastHandler | undefined>): Promise<void> {
    this.#isAnswering = true
    this.#lastHandler = await handler
    this.#lastTurn = this.#way.turn()
    this.#isAnswering = false
    this.sinceMs = performance.now()
    if (!this.socket.destroyed && !this.#isEnding) this.#goOn()
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
    try {
      handler({ head, body }, respond)
    } catch (error) {
      this.#way.onUnexpected(error)
      const problem = failureProblem(error)
      respond({ status: problem.status, contentType: 'application/problem+json', body: JSON.stringify(problem) })
    }
  }

  #write(answer: FastAnswer, keepAlive: boolean): void {
    this.#isAnswering = false
    this.sinceMs = performance.now()
    const { socket } = this
    if (socket.destroyed) return
    if (!keepAlive) {
      this.end(answer)
      return
    }
    writeAnswer(socket, answer, { keepAlive })
    // Whoever does not take its answers is not asked for more of them.
    this.#isSending = socket.writableNeedDrain && socket.writableLength > 0
    if (!this.#isSending) this.#goOn()
  }

  #leave(): void {
    const bytes = this.#bytes as Buffer
    // The complete server does not answer either who has ended its side.
    if (this.#isAll) {
      this.end()
      return
    }
    this.#bytes = undefined
    this.detach()
    this.#way.handOver(this, Buffer.from(bytes))
  }
}

/** Whether no request begins so, such as the greeting of TLS; empty lines may stand before one. */
function isNoHttp([first]: Buffer): boolean {
  return first !== undefined && first < 32 && first !== 13 && first !== 10
}

const headEnd = '\r\n\r\n'
const maxHeadBytes = 16_384
