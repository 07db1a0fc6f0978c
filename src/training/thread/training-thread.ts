import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { trainInPlace } from '../train-in-place.ts'
import { flagSignal } from './flag-signal.ts'
import { packError, type ThreadMessage, type ThreadTask } from './thread-messages.ts'

// The program of a training thread: it is started as one, never imported.
await runTask(parentPort as MessagePort, workerData as ThreadTask)

async function runTask(port: MessagePort, { data, order, cancelFlag }: ThreadTask): Promise<void> {
  const say = (message: ThreadMessage, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer)
  port.on('message', () => say({ kind: 'alive' }))
  try {
    const candidate = await trainInPlace(data, order, {
      signal: flagSignal(cancelFlag),
      onProgress: (progress) => say({ kind: 'progress', progress }),
    })
    say({ kind: 'trained', candidate }, [candidate.onnx.buffer])
  } catch (error) {
    say({ kind: 'failed', error: packError(error) })
  }
  // With nothing left to wait for, the thread ends by itself.
  port.unref()
}
