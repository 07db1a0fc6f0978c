import { availableParallelism } from 'node:os'
import { isFailure, messageOf } from '#platform'
import { fail } from '../failures.ts'
import type { TrainedCandidate, TrainingData, TrainingOrder } from '../schema.ts'
import { trainInPlace, type TrainingWatch } from '../train-in-place.ts'
import { startThread } from './start-thread.ts'
import { turns, type Work } from './turns.ts'

export interface PoolOptions {
  /** Most candidates that train at once; the number of cores where absent. */
  readonly threads?: number
  /**
   * Most memory of one thread's objects, in megabytes, 2048 where absent. Columns and histograms lie outside of it; the
   * words of text columns and the trees lie within.
   */
  readonly memoryMb?: number
  /**
   * Time a cancelled training has to stop by itself, in milliseconds, 2000 where absent. Then its caller waits no longer,
   * and its thread ends at its next look at the signal.
   */
  readonly graceMs?: number
  /**
   * Time after which a cancelled thread that gives no sign of life is ended by force, in milliseconds, 10,000 where
   * absent. Force in the middle of a step of DuckDB or onnxruntime ends the process too: leave them the time.
   */
  readonly muteMs?: number
}

export interface TrainOptions extends Omit<TrainingWatch, 'clock'> {
  /** False trains in the calling thread, which answers nothing else meanwhile. */
  readonly inThread?: boolean
}

/** Trains candidates, so many at a time; the others wait their turn. */
export interface TrainingPool {
  /**
   * Trains one candidate. The data is shared with the thread, not moved: the caller can go on using it, but must not
   * change it meanwhile.
   * @throws {Failure} `training/cancelled`, `training/outOfMemory`, `training/threadDied`, or any of `trainInPlace`
   */
  train(data: TrainingData, order: TrainingOrder, options?: TrainOptions): Promise<TrainedCandidate>
  /** Cancels what trains and waits; done when every thread has ended. A process must not exit before: it would crash. */
  close(): Promise<void>
}

/** Opens a pool. A thread starts with its candidate and ends with it, which gives all its memory back. */
export function openTrainingPool(options: PoolOptions = {}): TrainingPool {
  const { threads = availableParallelism(), memoryMb = 2048, graceMs = 2000, muteMs = 10_000 } = options
  const queue = turns(threads)
  const closing = new AbortController()
  const running = new Set<Promise<unknown>>()
  const train = async (data: TrainingData, order: TrainingOrder, given: TrainOptions): Promise<TrainedCandidate> => {
    const signal = given.signal ? AbortSignal.any([given.signal, closing.signal]) : closing.signal
    const watch = { signal, ...(given.onProgress && { onProgress: given.onProgress }) }
    const begin = (): Work<TrainedCandidate> => {
      const work =
        given.inThread === false
          ? inPlace(data, order, watch)
          : startThread({ data, order }, { ...watch, memoryMb, graceMs, muteMs })
      running.add(work.ended)
      void work.ended.then(() => running.delete(work.ended))
      return work
    }
    try {
      return await queue.take(signal, begin)
    } catch (error) {
      throw expected(error, order.kind, signal)
    }
  }
  return {
    train: (data, order, given = {}) => train(data, order, given),
    close: async () => {
      closing.abort()
      await Promise.all(running)
    },
  }
}

function inPlace(data: TrainingData, order: TrainingOrder, watch: TrainingWatch): Work<TrainedCandidate> {
  const outcome = trainInPlace(data, order, watch)
  return { outcome, ended: outcome.catch(() => undefined) }
}

let pool: TrainingPool | undefined

/** {@link TrainingPool.train} in the process's own pool, of one thread a core. */
export function trainCandidate(
  data: TrainingData,
  order: TrainingOrder,
  options?: TrainOptions,
): Promise<TrainedCandidate> {
  pool ??= openTrainingPool()
  return pool.train(data, order, options)
}

function expected(error: unknown, kind: string, signal: AbortSignal): unknown {
  if (signal.aborted && !isFailure(error))
    return fail('cancelled', `Cannot finish training '${kind}': it was cancelled`, { cause: signal.reason })
  if (isOutOfMemory(error))
    return fail('outOfMemory', `Cannot train '${kind}': memory ran out (${messageOf(error)})`, { cause: error })
  return error
}

function isOutOfMemory(error: unknown): boolean {
  const code = (error as { code?: string } | undefined)?.code
  return (
    code === 'ERR_WORKER_OUT_OF_MEMORY' ||
    /allocation failed|out of memory|Invalid (typed )?array( buffer)? length|bad_alloc/i.test(
      isFailure(error) ? '' : messageOf(error),
    )
  )
}
