import { connect } from 'node:net'
import { seededRandom } from '#platform'
import type { CallersJob, CallersReport } from './closed-loop.ts'
import { ResponseReader } from './response-reader.ts'

// Callers, started by closed-loop.ts with a channel: takes one CallersJob, calls until it is told to stop, tells one report.
process.on('message', (message: CallersJob | 'stop') => {
  if (message !== 'stop') call(message)
  else isStopping = true
})
let isStopping = false

function call({ port, requests, connections, keepsIds }: CallersJob): void {
  const choose = zipf(requests.length)
  const statuses: number[] = []
  const sentAtMs: number[] = []
  const latencyMs: number[] = []
  const ids: string[] = []
  let [broken, refused, open] = [0, 0, 0]

  const report = (): void => {
    const found: CallersReport = {
      statuses: Uint16Array.from(statuses),
      sentAtMs: Float64Array.from(sentAtMs),
      latencyMs: Float64Array.from(latencyMs),
      broken,
      refused,
      ids,
    }
    process.send?.(found, () => process.exit())
  }
  const caller = (): void => {
    const socket = connect(port, '127.0.0.1')
    const reader = new ResponseReader()
    let sentAt = 0
    let isBusy = false
    open++
    socket.setNoDelay(true)
    const ask = (): void => {
      if (isStopping) return void socket.end()
      sentAt = performance.now()
      isBusy = true
      socket.write(requests[choose()] as Uint8Array)
    }
    socket.once('connect', ask)
    socket.on('data', (piece) => {
      const status = reader.push(piece)
      if (status === null) return
      const now = performance.now()
      statuses.push(status)
      sentAtMs.push(performance.timeOrigin + sentAt)
      latencyMs.push(now - sentAt)
      if (keepsIds && status === 200) ids.push(/"prediction_id":"([^"]+)"/.exec(piece.toString('latin1'))?.[1] ?? '')
      isBusy = false
      ask()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') refused++
    })
    socket.once('close', () => {
      open--
      if (isBusy) broken++
      if (!isStopping) setTimeout(caller, 5)
      else if (open === 0) report()
    })
  }
  for (let i = 0; i < connections; i++) caller()
}

/** Places from 0, the k-th in proportion to 1/k. */
function zipf(count: number): () => number {
  if (count === 1) return () => 0
  const random = seededRandom('zipf')
  const sums = new Float64Array(count)
  let sum = 0
  for (let k = 0; k < count; k++) sums[k] = sum += 1 / (k + 1)
  return () => {
    const at = random.next() * sum
    let [low, high] = [0, count - 1]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((sums[middle] as number) < at) low = middle + 1
      else high = middle
    }
    return low
  }
}
