import type { GraphTensor } from '#model'
import { isFailure } from '#platform'
import { fail } from '../failures.ts'
import { giveBackLineWriter, takeLineWriter, type LineWriter } from '../prediction-log/line-writer.ts'
import type { LogLines } from '../prediction-log/system-log.ts'
import {
  batchesOfJobs,
  feedsOfBatch,
  growBatch,
  loneBatch,
  newBatch,
  removeJobs,
  type Batch,
  type Job,
  type RunOutputs,
} from './batch.ts'
import type { ModelMeter } from './model-meter.ts'
import { recordBatch, usualLineBytes } from './record-batch.ts'
import type { RowLayout } from './row-layout.ts'

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
  /**
   * Adds a request that shares no run, with its own tensors.
   * @returns false where the queue is full
   */
  addAlone(job: Job, feeds: Readonly<Record<string, GraphTensor>>, lane?: Lane): boolean
  /** Rows that wait, and rows that are in a run. */
  readonly waitingRows: number
  readonly runningRows: number
  /** Whether nothing waits and nothing runs. */
  isIdle(): boolean
  /** Ends when it is idle. */
  idle(): Promise<void>
}

/** Live requests, or copies of them that nobody waits for: those run when nothing else does, and are dropped first. */
export type Lane = 'live' | 'shadow'

export interface ModelQueueOptions {
  readonly layout: RowLayout
  run(feeds: Readonly<Record<string, GraphTensor>>, wanted: readonly string[]): Promise<RunOutputs>
  readonly outputs: readonly string[]
  /** Rows of one run at most; a request of more has a run of its own. */
  readonly largestBatch: number
  /** Rows that may wait. */
  readonly maxWaitingRows: number
  /** How long the first request of a batch waits for others, asked for each; 0 takes what is there. */
  readonly maxQueueDelayMs: () => number
  readonly meter: ModelMeter
  /** Keeps the lines of a batch, at once or when its promise ends; then its answers leave. */
  readonly keep: (lines: LogLines) => Promise<void> | undefined
}

/**
 * Opens the queue of a model.
 *
 * It batches without a timer: what comes while the model runs, or in the same turn of the event loop, is the next batch.
 * So nobody waits for others when little is asked, and batches grow by themselves under load.
 */
export function modelQueue(options: ModelQueueOptions): ModelQueue {
  const { layout, outputs, largestBatch, maxWaitingRows, maxQueueDelayMs, meter, keep } = options
  const lanes: Record<Lane, Batch[]> = { live: [], shadow: [] }
  const spare: Batch[] = []
  const waiting: (() => void)[] = []
  let waitingRows = 0
  let shadowRows = 0
  let runningRows = 0
  let unanswered = 0
  let isScheduled = false
  /** When the last run ended, until the batch after it has waited for those that it answered. */
  let ranMs = -Infinity
  let delay: NodeJS.Timeout | undefined

  const openBatch = (lane: Lane, rows: number): Batch => {
    const last = lanes[lane].at(-1)
    if (last && !last.feeds && (last.rows === 0 || last.rows + rows <= largestBatch)) return last
    const batch = spare.pop() ?? newBatch(layout, largestBatch)
    lanes[lane].push(batch)
    return batch
  }
  const isFull = (rows: number, lane: Lane): boolean => {
    const full =
      lane === 'live'
        ? waitingRows + rows > maxWaitingRows && waitingRows > 0
        : isBusyForShadow(waitingRows + shadowRows + rows, maxWaitingRows)
    if (full) meter.rejected(lane)
    return full
  }
  const place = (rows: number, lane: Lane = 'live'): Place | undefined => {
    if (isFull(rows, lane)) return undefined
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
  const addAlone = (job: Job, feeds: Readonly<Record<string, GraphTensor>>, lane: Lane = 'live'): boolean => {
    if (isFull(job.rows, lane)) return false
    lanes[lane].push(loneBatch(feeds))
    add(job, lane)
    return true
  }
  const schedule = (): void => {
    if (isScheduled || runningRows > 0) return
    const delayMs = waitingRows < largestBatch ? maxQueueDelayMs() : 0
    if (delayMs > 0) delay ??= setTimeout(take, delayMs)
    else {
      isScheduled = true
      setImmediate(take)
    }
  }
  const take = (): void => {
    isScheduled = false
    clearTimeout(delay)
    delay = undefined
    if (runningRows > 0) return
    if (waitingRows > 0 && waitingRows < largestBatch && performance.now() - ranMs < lookAgainMs) {
      ranMs = -Infinity
      isScheduled = true
      setImmediate(take)
      return
    }
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
      tellFailure(job, fail('deadlineExceeded', 'Cannot answer: the request waited longer than its timeout allows'))
    }
  }
  const run = async (batch: Batch, tookMs: number): Promise<void> => {
    runningRows = batch.rows
    unanswered++
    const outcomes = await runApart(batch)
    runningRows = 0
    ranMs = performance.now()
    reuse(batch)
    // The next run begins before this one's answers are written.
    if (lanes.live.length + lanes.shadow.length > 0) schedule()
    for (const outcome of outcomes) await finish(outcome, tookMs)
    unanswered--
    settle()
  }
  /** Runs a batch, and where that fails each of its requests alone: what is wrong with one is not to be the others'. */
  const runApart = async (batch: Batch): Promise<readonly Outcome[]> => {
    const whole = await runOnce(batch)
    const { failure } = whole
    if (batch.jobs.length === 1 || !isFailure(failure) || !faultsOfRows.has(failure.code)) return [whole]
    const outcomes: Outcome[] = []
    for (const one of batchesOfJobs(batch, layout)) outcomes.push(await runOnce(one))
    return outcomes
  }
  const runOnce = async (batch: Batch): Promise<Outcome> => {
    const jobs = [...batch.jobs]
    const fromMs = performance.now()
    try {
      const found = await options.run(feedsOfBatch(batch, layout), outputs)
      if (!batch.feeds) checkRows(found, batch.rows)
      const writer = takeLineWriter(jobs.length * usualLineBytes)
      return { jobs, writer, found, lines: recordBatch(batch, found, writer) }
    } catch (failure) {
      return { jobs, failure }
    } finally {
      meter.ran(batch.rows, performance.now() - fromMs)
    }
  }
  const finish = async ({ jobs, writer, found, lines, failure }: Outcome, tookMs: number): Promise<void> => {
    try {
      if (!found) throw failure
      const kept = lines ? keep(lines) : undefined
      if (kept) await kept
      answerAll(jobs, found, tookMs)
    } catch (error) {
      for (const job of jobs) failJob(job, error, tookMs)
    } finally {
      if (writer) giveBackLineWriter(writer)
    }
  }
  const answerAll = (jobs: readonly Job[], found: RunOutputs, tookMs: number): void => {
    const nowMs = performance.now()
    let from = 0
    for (const job of jobs) {
      try {
        job.answer(found, from)
        meter.answered(job.rows, { queueMs: tookMs - job.cameMs, totalMs: nowMs - job.cameMs })
      } catch (error) {
        failJob(job, error, tookMs)
      }
      from += job.rows
    }
  }
  const failJob = (job: Job, error: unknown, tookMs: number): void => {
    meter.failed(job.rows, { queueMs: tookMs - job.cameMs, totalMs: performance.now() - job.cameMs })
    tellFailure(job, error)
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
    addAlone,
    get waitingRows() {
      return waitingRows
    },
    get runningRows() {
      return runningRows
    },
    isIdle,
    idle: () => (isIdle() ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  }
}

/**
 * So soon after a run its callers are about to ask again, while the requests of others are being read. The next batch looks
 * once more at what has come before it is taken: else callers fall into two halves, each of which waits while the other's
 * half-full batch runs.
 */
const lookAgainMs = 2

/** What became of a run. */
interface Outcome {
  readonly jobs: readonly Job[]
  readonly found?: RunOutputs
  readonly lines?: LogLines | null
  /** Holds the lines until they are kept. */
  readonly writer?: LineWriter
  readonly failure?: unknown
}

/** Failures that the rows of one request can bring on all that share its run. */
const faultsOfRows: ReadonlySet<string> = new Set(['model/runFailed', 'serving/wrongRows'])

/** A model may say that it gives a row for each, and not do so: then one request would get the rows of another. */
function checkRows(found: RunOutputs, rows: number): void {
  for (const name in found) {
    const given = (found[name] as GraphTensor).shape[0]
    if (given !== rows)
      throw fail('wrongRows', `Cannot answer: the model gave ${given ?? 'no'} rows of '${name}' for ${rows}`)
  }
}

/** A caller that cannot even be told of a failure disturbs no other. */
function tellFailure(job: Job, error: unknown): void {
  try {
    job.fail(error)
  } catch {
    // It has gone.
  }
}

const hasRows = (batches: readonly Batch[]): boolean => (batches[0]?.jobs.length ?? 0) > 0

/** Copies may fill a quarter of the room. */
const isBusyForShadow = (rows: number, maxWaitingRows: number): boolean => rows > maxWaitingRows / 4
