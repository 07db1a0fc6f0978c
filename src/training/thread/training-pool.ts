import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { isFailure, messageOf, type Workspace } from '#platform'
import { fail } from '../failures.ts'
import { holdProgram } from '../program/hold-program.ts'
import { noPrograms } from '../program/program-settings.ts'
import { trainProgram, type ProgramOrder, type ProgramWatch } from '../program/train-program.ts'
import type { ProgramSettings } from '../program/schema.ts'
import type { PartOutcome, TrainedCandidate, TrainingData, TrainingOrder, TrainingPart } from '../schema.ts'
import { trainParts } from '../train-parts.ts'
import { trainInPlace, type TrainingWatch } from '../train-in-place.ts'
import { shareTrainingData } from './share-training-data.ts'
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
  /** Where programs of systems run; none do where absent. */
  readonly programs?: ProgramSettings
}

export interface TrainProgramOptions extends Omit<ProgramWatch, 'signal'> {
  readonly signal?: AbortSignal | undefined
  /** Whose queries write the rows, and in whose folder the program works. */
  readonly workspace: Pick<Workspace, 'lake' | 'folder'>
}

export interface TrainOptions extends Omit<TrainingWatch, 'clock'> {
  /** False trains in the calling thread, which answers nothing else meanwhile. */
  readonly inThread?: boolean
}

export interface TrainPartsOptions extends TrainOptions {
  readonly parts: readonly TrainingPart[]
}

/** Trains candidates, so many at a time; the others wait their turn. */
export interface TrainingPool {
  /**
   * Trains one candidate. The data is shared with the thread, not moved: the caller can go on using it, but must not
   * change it meanwhile.
   * @throws {Failure} `training/cancelled`, `training/outOfMemory`, `training/threadDied`, or any of `trainInPlace`
   */
  train(data: TrainingData, order: TrainingOrder, options?: TrainOptions): Promise<TrainedCandidate>
  /**
   * Trains one candidate on each part of the data, spread over the threads. The outcomes stand in the order of the parts;
   * how they were spread changes none of them.
   * @throws {Failure} `training/cancelled`, `training/outOfMemory`, `training/threadDied`
   */
  trainParts(
    data: TrainingData,
    order: Omit<TrainingOrder, 'seed'>,
    options: TrainPartsOptions,
  ): Promise<readonly PartOutcome[]>
  /**
   * Trains one candidate by a program of its own, which takes a turn as a thread does.
   * @throws {Failure} `training/cancelled`, or any of `trainProgram`
   */
  trainProgram(data: TrainingData, order: ProgramOrder, options: TrainProgramOptions): Promise<TrainedCandidate>
  /** Holds that this machine can run a program, before anything is begun. @throws {Failure} `training/programsOff`, `noPython` */
  holdProgram(order: Pick<ProgramOrder, 'name' | 'program'>): Promise<void>
  /** Cancels what trains and waits; done when every thread has ended. A process must not exit before: it would crash. */
  close(): Promise<void>
}

/** Opens a pool. A thread starts with its candidate and ends with it, which gives all its memory back. */
export function openTrainingPool(options: PoolOptions = {}): TrainingPool {
  const { threads = availableParallelism(), memoryMb = 2048, graceMs = 2000, muteMs = 10_000 } = options
  const { programs = noPrograms } = options
  const queue = turns(threads)
  const closing = new AbortController()
  const running = new Set<Promise<unknown>>()
  const threadLimits = { memoryMb, graceMs, muteMs }
  /** Does work when its turn comes, and waits for it when the pool closes. */
  const take = async <T>(
    kind: string,
    { signal: wanted, onProgress }: Omit<TrainingWatch, 'clock'>,
    start: (watch: Watch) => Work<T>,
  ): Promise<T> => {
    const signal = wanted ? AbortSignal.any([wanted, closing.signal]) : closing.signal
    const begin = (): Work<T> => {
      const work = start({ signal, ...(onProgress && { onProgress }) })
      running.add(work.ended)
      void work.ended.then(() => running.delete(work.ended))
      return work
    }
    try {
      return await queue.take(signal, begin)
    } catch (error) {
      throw expected(error, kind, signal)
    }
  }
  return {
    train: (data, order, given = {}) =>
      take(order.kind, given, (watch) =>
        given.inThread === false
          ? ending(trainInPlace(data, order, watch))
          : startThread({ data, order, parts: null }, { ...watch, ...threadLimits }),
      ),
    trainParts: async (data, order, { parts, signal, onProgress, inThread }) => {
      let done = 0
      const tell = (): void => onProgress?.({ done: ++done, of: parts.length, unit: 'parts' })
      if (inThread === false)
        return take(order.kind, { ...(signal && { signal }) }, (watch) =>
          ending(trainParts(data, order, { parts, signal: watch.signal, onPart: tell })),
        )
      const shared = shareTrainingData(data)
      const outcomes = await Promise.all(
        spread(parts, threads).map((share) =>
          take(order.kind, { ...(signal && { signal }), onProgress: tell }, (watch) =>
            startThread({ data: shared, order, parts: share }, { ...watch, ...threadLimits }),
          ),
        ),
      )
      return outcomes.flat()
    },
    trainProgram: (data, order, { workspace, signal, ...watch }) =>
      take(order.name, { ...(signal && { signal }) }, (given) =>
        ending(
          trainProgram(
            { settings: programs, lake: workspace.lake, workFolder: join(workspace.folder, 'trainers', 'work') },
            data,
            { order, watch: { ...watch, signal: given.signal } },
          ),
        ),
      ),
    holdProgram: (order) => holdProgram(programs, order),
    close: async () => {
      closing.abort()
      await Promise.all(running)
    },
  }
}

type Watch = Omit<TrainingWatch, 'clock'> & { readonly signal: AbortSignal }

/** Neighbouring parts together, about as many rows in each share; a thread is worth starting for some rows only. */
function spread(parts: readonly TrainingPart[], threads: number): readonly (readonly TrainingPart[])[] {
  const rows = parts.reduce((sum, { places }) => sum + places.length, 0)
  const target = rows / Math.max(1, Math.min(threads, Math.ceil(rows / rowsWorthAThread)))
  const shares: TrainingPart[][] = []
  let held = 0
  for (const part of parts) {
    const share = shares.at(-1)
    if (share && held < target * shares.length) share.push(part)
    else shares.push([part])
    held += part.places.length
  }
  return shares
}

const rowsWorthAThread = 5000

/** Work in the calling thread: nothing of it is left when it has its outcome. */
const ending = <T>(outcome: Promise<T>): Work<T> => ({ outcome, ended: outcome.catch(() => undefined) })

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
