import { Worker } from 'node:worker_threads'
import { messageOf } from '#platform'
import { fail } from '../failures.ts'
import type { PartOutcome, TrainedCandidate, TrainingContext } from '../schema.ts'
import { fireFlag } from './flag-signal.ts'
import { shareTrainingData } from './share-training-data.ts'
import { stopThread } from './stop-thread.ts'
import { unpackError, type ThreadMessage, type ThreadTask, type ThreadWork } from './thread-messages.ts'

export interface ThreadOptions extends Pick<TrainingContext, 'onProgress'> {
  readonly signal: AbortSignal
  readonly memoryMb: number
  /** Time a cancelled training has to stop by itself, in milliseconds. */
  readonly graceMs: number
  /** Time without a sign of life, in milliseconds, after which a cancelled thread is ended by force. */
  readonly muteMs: number
}

/** What a thread makes of its work. */
type Made<Work extends ThreadWork> = Work extends { readonly parts: null } ? TrainedCandidate : readonly PartOutcome[]

/** A training on its way. */
export interface ThreadRun<Work extends ThreadWork> {
  /**
   * What was made; or what training threw, the signal's reason, Node's error of a thread out of memory, or
   * {@link Failure} `training/threadDied` when the thread ended without a word.
   */
  readonly outcome: Promise<Made<Work>>
  /** When the thread is gone, and its memory with it. */
  readonly ended: Promise<void>
}

/** Starts to train one candidate, or one model for each of its parts, in a thread of its own. */
export function startThread<Work extends ThreadWork>(
  work: Work,
  { signal, onProgress, memoryMb, graceMs, muteMs }: ThreadOptions,
): ThreadRun<Work> {
  const cancelFlag = new Int32Array(new SharedArrayBuffer(4))
  const task: ThreadTask = { work: { ...work, data: shareTrainingData(work.data) }, cancelFlag }
  const worker = new Worker(program, {
    workerData: task,
    execArgv: isSource ? ['--conditions=source'] : [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  })
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  const begun = new Promise<void>((resolve) =>
    worker.on('message', (message: ThreadMessage) => message.kind === 'alive' && resolve()),
  )
  const said = outcomeOf<Made<Work>>(worker, onProgress)
  const outcome = new Promise<Made<Work>>((resolve, reject) => {
    said.then(resolve, (error: unknown) => reject(signal.aborted ? (signal.reason as Error) : error))
    const cancel = (): void => {
      fireFlag(cancelFlag)
      void stopThread(worker, { begun, ended, graceMs, muteMs, onPatienceEnd: () => reject(signal.reason as Error) })
    }
    signal.addEventListener('abort', cancel, { once: true })
    void ended.then(() => signal.removeEventListener('abort', cancel))
  })
  return { outcome, ended }
}

function outcomeOf<Outcome>(worker: Worker, onProgress: TrainingContext['onProgress']): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: ThreadMessage) => {
      if (message.kind === 'progress') onProgress?.(message.progress)
      else if (message.kind === 'trained') resolve(message.made as Outcome)
      else if (message.kind === 'failed') reject(unpackError(message.error))
    })
    const died = (error: unknown): void => reject(deathOf(error))
    worker.on('error', died)
    worker.on('messageerror', died)
    worker.on('exit', (code) => died(new Error(`it ended with code ${code}`)))
  })
}

/** What no trainer threw: the thread itself failed. Without memory it is Node's own error. */
function deathOf(error: unknown): unknown {
  return (error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? error
    : fail('threadDied', `Cannot finish training: its thread died (${messageOf(error)})`, { cause: error })
}

/** The thread runs from the same kind of file as this one: TypeScript sources, or what was compiled from them. */
const isSource = import.meta.url.endsWith('.ts')
const program = new URL(`./training-thread.${isSource ? 'ts' : 'js'}`, import.meta.url)
