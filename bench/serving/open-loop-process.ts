import { connect, type Socket } from 'node:net'
import type { Generated, GeneratorJob } from './open-loop.ts'
import { ResponseReader } from './response-reader.ts'

// A load generator, started by open-loop.ts with a channel: takes one GeneratorJob, tells one Generated, ends.
process.once('message', (job: GeneratorJob) => {
  void generate(job).then((generated) => process.send?.(generated, () => process.exit()))
})

interface Connection {
  readonly socket: Socket
  /** The request under way: when it was due and when it was written. */
  dueAt: number
  sentAt: number
  isBusy: boolean
}

async function generate(job: GeneratorJob): Promise<Generated> {
  const request = Buffer.from(job.request)
  const total = Math.round(job.perSecond * job.seconds)
  const stepMs = 1000 / job.perSecond
  const statuses = new Uint16Array(total)
  const fromDueMs = new Float64Array(total)
  const fromSentMs = new Float64Array(total)
  let [answered, sent, socketErrors, isOver] = [0, 0, 0, false]

  // The one that has been free the longest is used first: every worker behind the port gets its share.
  const free: Connection[] = []
  const open = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(job.port, '127.0.0.1')
      const connection: Connection = { socket, dueAt: 0, sentAt: 0, isBusy: false }
      const reader = new ResponseReader()
      socket.setNoDelay(true)
      socket.once('connect', () => {
        free.push(connection)
        resolve()
      })
      socket.on('data', (piece) => {
        const status = reader.push(piece)
        if (status === null) return
        const now = performance.now()
        statuses[answered] = status
        fromDueMs[answered] = now - connection.dueAt
        fromSentMs[answered] = now - connection.sentAt
        answered++
        connection.isBusy = false
        free.push(connection)
      })
      socket.on('error', () => undefined)
      socket.once('close', () => {
        if (connection.isBusy) socketErrors++
        const place = free.indexOf(connection)
        if (place >= 0) free.splice(place, 1)
        if (!isOver) setTimeout(() => void open().then(resolve), 10)
      })
    })
  await Promise.all(Array.from({ length: job.connections }, open))

  const start = performance.now() + 10
  const end = start + job.seconds * 1000 + graceMs
  await new Promise<void>((resolve) => {
    const turn = (): void => {
      const now = performance.now()
      while (sent < total && free.length > 0 && start + sent * stepMs <= now) {
        const connection = free.shift() as Connection
        connection.dueAt = start + sent * stepMs
        connection.sentAt = performance.now()
        connection.isBusy = true
        connection.socket.write(request)
        sent++
      }
      if (answered + socketErrors >= total || now > end) return resolve()
      // Timers are a millisecond coarse; a short sleep leaves the processor to the server and keeps the schedule.
      if (sent === total || free.length === 0 || start + sent * stepMs > now + 0.1) Atomics.wait(never, 0, 0, 0.03)
      setImmediate(turn)
    }
    turn()
  })
  isOver = true
  const cut = <T extends Uint16Array | Float64Array>(values: T): T => values.slice(0, answered) as T
  return {
    due: total,
    sent,
    socketErrors,
    statuses: cut(statuses),
    fromDueMs: cut(fromDueMs),
    fromSentMs: cut(fromSentMs),
  }
}

/** How long answers are waited for after the last request was due. */
const graceMs = 2000
const never = new Int32Array(new SharedArrayBuffer(4))
