import type { ElementType, GraphTensor } from '#model'
import type { EpochMs } from '#platform'
import { datatypeOfOrt, datatypes, type TypedArray } from '../inference/datatypes.ts'
import type { Datatype } from '../inference/schema.ts'
import type { LineWriter } from '../prediction-log/line-writer.ts'
import type { RowLayout } from './row-layout.ts'

/** A list of values that rows are written into. */
export type Buffer1d = TypedArray | string[]

/** What a run gave, by output. */
export type RunOutputs = Readonly<Record<string, GraphTensor>>

/** A run that was made, and where the rows of one of its requests begin. */
export interface RecordedRun {
  readonly outputs: RunOutputs
  readonly from: number
  readonly batch: Batch
}

/** Rows of one request on their way through a model. */
export interface Job {
  /** Name of its first row in the prediction log; the others are named after it. */
  readonly id: string
  readonly atMs: EpochMs
  readonly rows: number
  /** Milliseconds of `performance.now()` when it came, and after which nobody waits for it; Infinity where absent. */
  readonly cameMs: number
  readonly deadlineMs: number
  /** Writes what the prediction log keeps, as whole lines; nothing where it keeps nothing. The batch's rows still lie there. */
  record(lines: LineWriter, run: RecordedRun): void
  /** Answers, once the log holds what is to be kept. */
  answer(outputs: RunOutputs, from: number): void
  fail(error: unknown): void
}

/** Rows of several requests that share a run. */
export interface Batch {
  rows: number
  readonly jobs: Job[]
  /** By input, in the layout's order. */
  buffers: Buffer1d[]
  capacity: number
  /** What a request that shares no run brings itself. */
  readonly feeds?: Readonly<Record<string, GraphTensor>>
}

/** A batch of one request that shares no run. */
export function loneBatch(feeds: Readonly<Record<string, GraphTensor>>): Batch {
  return { rows: 0, jobs: [], buffers: [], capacity: 0, feeds }
}

/** An empty batch with room for so many rows. */
export function newBatch(layout: RowLayout, capacity: number): Batch {
  return {
    rows: 0,
    jobs: [],
    capacity,
    buffers: layout.inputs.map(({ type, rowSize }) => newBuffer(type, capacity * rowSize)),
  }
}

/** Makes room for more rows; what is written stays. */
export function growBatch(batch: Batch, layout: RowLayout, capacity: number): void {
  batch.buffers = layout.inputs.map(({ type, rowSize }, place) => {
    const old = batch.buffers[place] as Buffer1d
    if (Array.isArray(old)) return old
    const grown = newBuffer(type, capacity * rowSize) as Float32Array
    grown.set((old as Float32Array).subarray(0, batch.rows * rowSize))
    return grown
  })
  batch.capacity = capacity
}

/** Takes jobs out of a batch, and their rows with them. */
export function removeJobs(batch: Batch, layout: RowLayout, isGone: (job: Job) => boolean): readonly Job[] {
  const gone: Job[] = []
  const kept: Job[] = []
  let from = 0
  let to = 0
  for (const job of batch.jobs) {
    if (isGone(job)) gone.push(job)
    else {
      if (from !== to) moveRows(batch, layout, { from, to, rows: job.rows })
      kept.push(job)
      to += job.rows
    }
    from += job.rows
  }
  batch.jobs.splice(0, batch.jobs.length, ...kept)
  batch.rows = to
  layout.inputs.forEach(({ rowSize }, place) => {
    const buffer = batch.buffers[place] as Buffer1d
    if (Array.isArray(buffer)) buffer.length = to * rowSize
  })
  return gone
}

/** A batch of its own for each job, with its rows. */
export function batchesOfJobs(batch: Batch, layout: RowLayout): readonly Batch[] {
  let from = 0
  return batch.jobs.map((job) => {
    const to = from + job.rows
    const buffers = layout.inputs.map(({ rowSize }, place) =>
      (batch.buffers[place] as Buffer1d).slice(from * rowSize, to * rowSize),
    )
    from = to
    return { rows: job.rows, jobs: [job], buffers, capacity: job.rows }
  })
}

function moveRows(batch: Batch, layout: RowLayout, move: { from: number; to: number; rows: number }): void {
  layout.inputs.forEach(({ rowSize }, place) => {
    const buffer = batch.buffers[place] as Float32Array
    buffer.copyWithin(move.to * rowSize, move.from * rowSize, (move.from + move.rows) * rowSize)
  })
}

/** The rows of a batch as tensors, where they lie. */
export function feedsOfBatch(batch: Batch, layout: RowLayout): Readonly<Record<string, GraphTensor>> {
  if (batch.feeds) return batch.feeds
  const feeds: Record<string, GraphTensor> = {}
  layout.inputs.forEach(({ name, type, rowShape, rowSize }, place) => {
    const buffer = batch.buffers[place] as Buffer1d
    const length = batch.rows * rowSize
    const data = Array.isArray(buffer) ? buffer.slice(0, length) : buffer.subarray(0, length)
    feeds[name] = { type, shape: [batch.rows, ...rowShape], data }
  })
  return feeds
}

/** An empty list of values of a type. */
export function newBuffer(type: ElementType, length: number): Buffer1d {
  const { array } = datatypes[datatypeOfOrt(type) as Datatype]
  return array ? new array(length) : []
}
