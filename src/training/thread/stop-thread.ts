import { setTimeout as wait } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import type { ThreadMessage } from './thread-messages.ts'

export interface StopOptions {
  readonly ended: Promise<void>
  /** Time to stop by itself, in milliseconds. */
  readonly graceMs: number
  /** When it gave its first sign of life. Before that it loads the native libraries, which force must not interrupt. */
  readonly begun: Promise<void>
  /** Called when that time is up; the thread may live on for a while. */
  readonly onPatienceEnd: () => void
  /** Time without a sign of life, in milliseconds, after which the thread is ended by force. */
  readonly muteMs: number
}

/**
 * Waits until a cancelled thread stops by itself, and ends it by force where that is safe.
 *
 * A thread ended while DuckDB or onnxruntime work for it takes the whole process with it (their bindings throw where
 * nothing catches). But it answers messages then, between two of their steps: so only a thread that stays mute for long,
 * busy in JavaScript that does not look at its signal, is ended. Any other sees the signal at its next step.
 */
export async function stopThread(worker: Worker, options: StopOptions): Promise<void> {
  const { ended, graceMs, muteMs, begun, onPatienceEnd } = options
  let hasAnswered = false
  worker.on('message', (message: ThreadMessage) => {
    if (message.kind === 'alive') hasAnswered = true
  })
  if (await endsWithin(ended, graceMs)) return
  onPatienceEnd()
  await Promise.race([begun, ended])
  do {
    hasAnswered = false
    worker.postMessage('are you there?', [])
    if (await endsWithin(ended, muteMs)) return
  } while (hasAnswered)
  await worker.terminate()
}

const endsWithin = (ended: Promise<void>, timeoutMs: number): Promise<boolean> =>
  Promise.race([ended.then(() => true), wait(timeoutMs, false, { ref: false })])
