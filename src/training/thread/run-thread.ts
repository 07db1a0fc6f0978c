import { Worker } from 'node:worker_threads'
import { messageOf } from '#platform'
import { fail } from '../failures.ts'
import type { TrainedCandidate, TrainingContext } from '../schema.ts'
import { fireFlag } from './flag-signal.ts'
import { shareTrainingData } from './share-training-data.ts'
import { unpackError, type ThreadMessage, type ThreadTask } from './thread-messages.ts'

export interface ThreadOptions extends Pick<TrainingContext, 'onProgress'> {
  readonly signal: AbortSignal
  readonly memoryMb: number
  /** Time to stop by itself, in milliseconds, after which the thread is ended. */
  readonly graceMs: number
}

/**
 * Trains one candidate in a thread of its own, and ends the thread whatever happens.
 * @throws what training throws, the signal's reason, Node's error of a thread out of memory, or {@link Failure}
 * `training/threadDied` when the thread ends without a word
 */
export async function runThread(
  { data, order }: Omit<ThreadTask, 'cancelFlag'>,
  { signal, onProgress, memoryMb, graceMs }: ThreadOptions,
): Promise<TrainedCandidate> {
  const cancelFlag = new Int32Array(new SharedArrayBuffer(4))
  const task: ThreadTask = { data: shareTrainingData(data), order, cancelFlag }
  const worker = new Worker(program, {
    workerData: task,
    execArgv: isSource ? ['--conditions=source'] : [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  })
  let grace: NodeJS.Timeout | undefined
  const cancel = (): void => {
    fireFlag(cancelFlag)
    grace = setTimeout(() => void worker.terminate(), graceMs)
  }
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await outcomeOf(worker, { signal, onProgress })
  } finally {
    signal.removeEventListener('abort', cancel)
    clearTimeout(grace)
    await worker.terminate()
  }
}

function outcomeOf(
  worker: Worker,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: TrainingContext['onProgress'] },
): Promise<TrainedCandidate> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: ThreadMessage) => {
      if (message.kind === 'progress') onProgress?.(message.progress)
      else if (message.kind === 'trained') resolve(message.candidate)
      else reject(unpackError(message.error))
    })
    const died = (error: unknown): void => reject(deathOf(error))
    worker.on('error', died)
    worker.on('messageerror', died)
    worker.on('exit', (code) => {
      reject(signal.aborted ? (signal.reason as Error) : deathOf(new Error(`it ended with code ${code}`)))
    })
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
