import { fail } from '../failures.ts'
import { feedsOfBatch, growBatch, newBatch, removeJobs, type Batch, type Job, type RunOutputs } from './batch.ts'
import type { ModelMeter } from './model-meter.ts'
import type { RowLayout } from './row-layout.ts'
import type { Runner } from './runner.ts'

/** Where a request's rows are written: into `batch`, from row `from` on. */
export interface Place {
  readonly batch: Batch
  readonly from: number
}

/** Requests that wait for one model, and share its runs. */
export interface ModelQueue {
  /**
   * Makes room for the rows of a request. Write them, then {@link ModelQueue.add} the job at once, in the same turn; a
   * place that is not used needs no word.
   * @returns nothing where the queue is full
   */
  place(rows: number, lane?: Lane): Place | undefined
  /** Hands over what was written into the place of the last {@link ModelQueue.place}. */
  add(job: Job, lane?: Lane): void
  /** Rows that wait, and rows that are in a run. */
  readonly waitingRows: number
  readonly runningRows: number
  /** Ends when nothing waits and nothing runs. */
  idle(): Promise<void>
}

/** Live requests, or copies of them that nobody waits for: those run when nothing else does, and are dropped first. */
export type Lane = 'live' | 'shadow'

export interface ModelQueueOptions {
  readonly layout: RowLayout
  readonly runner: Runner
  readonly outputs: readonly string[]
  /** Rows of one run at most; a request of more has a run of its own. */
  readonly largestBatch: number
  /** Rows that may wait. */
  readonly maxWaitingRows: number
  /** How long the first request of a batch waits for others; 0 takes what is there. */
  readonly maxQueueDelayMs: number
  readonly meter: ModelMeter
  /** Keeps the lines of a batch; its answers leave when this ends. */
  readonly keep: (lines: string, rows: number) => Promise<void> | undefined
}

/**
 * Opens the queue of a model.
 *
 * It batches without a timer: what comes while the model runs, or in the same turn of the event loop, is the next batch.
 * So nobody waits for others when little is asked, and batches grow by themselves under load.
 */
export function modelQueue(options: ModelQueueOptions): ModelQueue {
  const { layout, runner, outputs, largestBatch, maxWaitingRows, maxQueueDelayMs, meter, keep } = options
  const lanes: Record<Lane, Batch[]> = { live: [], shadow: [] }
  const spare: Batch[] = []
  const waiting: (() => void)[] = []
  let waitingRows = 0
  let shadowRows = 0
  let runningRows = 0
  let unanswered = 0
  let isScheduled = false

  const openBatch = (lane: Lane, rows: number): Batch => {
    const last = lanes[lane].at(-1)
    if (last && (last.rows === 0 || last.rows + rows <= largestBatch)) return last
    const batch = spare.pop() ?? newBatch(layout, largestBatch)
    lanes[lane].push(batch)
    return batch
  }
  const place = (rows: number, lane: Lane = 'live'): Place | undefined => {
    const isFull =
      lane === 'live'
        ? waitingRows + rows > maxWaitingRows && waitingRows > 0
        : isBusyForShadow(waitingRows + shadowRows + rows, maxWaitingRows)
    if (isFull) {
      meter.rejected(lane)
      return undefined
    }
    const batch = openBatch(lane, rows)
    if (batch.rows + rows > batch.capacity) growBatch(batch, layout, batch.rows + rows)
    return { batch, from: batch.rows }
  }
  const add = (job: Job, lane: Lane = 'live'): void => {
    const batch = lanes[lane].at(-1) as Batch
    batch.jobs.push(job)
    batch.rows += job.rows
    if (lane === 'live') waitingRows += job.rows
    else shadowRows += job.rows
    schedule()
  }
  const schedule = (): void => {
    if (isScheduled || runningRows > 0) return
    isScheduled = true
    const delay = maxQueueDelayMs > 0 && waitingRows < largestBatch
    if (delay) setTimeout(take, maxQueueDelayMs)
    else setImmediate(take)
  }
  const take = (): void => {
    isScheduled = false
    if (runningRows > 0) return
    const lane: Lane = hasRows(lanes.live) ? 'live' : 'shadow'
    const batch = lanes[lane].shift()
    if (!batch) return settle()
    if (lane === 'live') waitingRows -= batch.rows
    else shadowRows -= batch.rows
    const nowMs = performance.now()
    if (batch.jobs.some(({ deadlineMs }) => deadlineMs < nowMs)) dropLate(batch, nowMs)
    if (batch.rows === 0) {
      reuse(batch)
      schedule()
      return settle()
    }
    void run(batch, nowMs)
  }
  const dropLate = (batch: Batch, nowMs: number): void => {
    for (const job of removeJobs(batch, layout, ({ deadlineMs }) => deadlineMs < nowMs)) {
      meter.expired()
      job.fail(fail('deadlineExceeded', 'Cannot answer: the request waited longer than its timeout allows'))
    }
  }
  const run = async (batch: Batch, tookMs: number): Promise<void> => {
    const { rows, jobs } = batch
    runningRows = rows
    unanswered++
    let found: RunOutputs | undefined
    let failure: unknown
    try {
      found = await runner.run(feedsOfBatch(batch, layout), outputs)
    } catch (error) {
      failure = error
    }
    const ranMs = performance.now()
    meter.ran(rows, ranMs - tookMs)
    runningRows = 0
    const done = [...jobs]
    reuse(batch)
    // The next run begins before this one's answers are written.
    if (hasRows(lanes.live) || hasRows(lanes.shadow)) schedule()
    if (found) await deliver(done, found, tookMs)
    else for (const job of done) failJob(job, failure, tookMs)
    unanswered--
    settle()
  }
  const deliver = async (jobs: readonly Job[], found: RunOutputs, tookMs: number): Promise<void> => {
    try {
      let lines = ''
      let from = 0
      for (const job of jobs) {
        lines += job.record(found, from)
        from += job.rows
      }
      if (lines !== '') await keep(lines, from)
    } catch (error) {
      for (const job of jobs) failJob(job, error, tookMs)
      return
    }
    const nowMs = performance.now()
    let from = 0
    for (const job of jobs) {
      meter.answered(job.rows, { queueMs: tookMs - job.cameMs, totalMs: nowMs - job.cameMs })
      job.answer(found, from)
      from += job.rows
    }
  }
  const failJob = (job: Job, error: unknown, tookMs: number): void => {
    meter.failed(job.rows, { queueMs: tookMs - job.cameMs, totalMs: performance.now() - job.cameMs })
    job.fail(error)
  }
  const reuse = (batch: Batch): void => {
    batch.jobs.length = 0
    batch.rows = 0
    // Texts are not kept, and neither is what one large request needed.
    if (batch.capacity !== largestBatch || spare.length >= 4) return
    batch.buffers.forEach((buffer) => Array.isArray(buffer) && (buffer.length = 0))
    spare.push(batch)
  }
  const isIdle = (): boolean => waitingRows + shadowRows + runningRows + unanswered === 0
  const settle = (): void => {
    if (isIdle()) for (const resolve of waiting.splice(0)) resolve()
  }
  return {
    place,
    add,
    get waitingRows() {
      return waitingRows
    },
    get runningRows() {
      return runningRows
    },
    idle: () => (isIdle() ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  }
}

const hasRows = (batches: readonly Batch[]): boolean => (batches[0]?.jobs.length ?? 0) > 0

/** Copies may fill a quarter of the room. */
const isBusyForShadow = (rows: number, maxWaitingRows: number): boolean => rows > maxWaitingRows / 4
