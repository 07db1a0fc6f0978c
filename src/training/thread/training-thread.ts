import { constants, platform, setPriority } from 'node:os'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import type { PartOutcome, TrainedCandidate, TrainingContext } from '../schema.ts'
import { trainInPlace } from '../train-in-place.ts'
import { trainParts } from '../train-parts.ts'
import { flagSignal } from './flag-signal.ts'
import { packError, type ThreadMessage, type ThreadTask, type ThreadWork } from './thread-messages.ts'

// The program of a training thread: it is started as one, never imported.
giveWay()
await runTask(parentPort as MessagePort, workerData as ThreadTask)

async function runTask(port: MessagePort, { work, cancelFlag }: ThreadTask): Promise<void> {
  const say = (message: ThreadMessage, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer)
  port.on('message', () => say({ kind: 'alive' }))
  say({ kind: 'alive' })
  try {
    const made = await train(work, {
      signal: flagSignal(cancelFlag),
      onProgress: (progress) => say({ kind: 'progress', progress }),
    })
    say({ kind: 'trained', made }, filesOf(made))
  } catch (error) {
    say({ kind: 'failed', error: packError(error) })
  }
  // With nothing left to wait for, the thread ends by itself.
  port.unref()
}

async function train(
  work: ThreadWork,
  { signal, onProgress }: Required<Pick<TrainingContext, 'signal' | 'onProgress'>>,
): Promise<TrainedCandidate | readonly PartOutcome[]> {
  if (work.parts === null) return trainInPlace(work.data, work.order, { signal, onProgress })
  const { parts } = work
  let done = 0
  const onPart = (): void => onProgress({ done: ++done, of: parts.length, unit: 'parts' })
  return trainParts(work.data, work.order, { parts, signal, onPart })
}

/** The bytes that move to the caller instead of being copied. */
function filesOf(made: TrainedCandidate | readonly PartOutcome[]): ArrayBuffer[] {
  if ('onnx' in made) return [made.onnx.buffer]
  return made.flatMap(({ trained }) => (trained ? [trained.onnx.buffer] : []))
}

/** Lets whoever answers requests go first. Linux alone knows priorities of threads; elsewhere all of the process would wait. */
function giveWay(): void {
  if (platform() === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
}
