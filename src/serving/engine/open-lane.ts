import { Worker } from 'node:worker_threads'
import { Failure } from '#platform'
import { fail } from '../failures.ts'
import type { RunOutputs } from './batch.ts'
import type { LaneGraph, LaneOpenOptions, LaneReply, LaneRequest, OpenedGraph } from './lane-messages.ts'
import type { GraphTensor } from '#model'

/** A thread that loads graphs and runs them, one run after another. */
export interface Lane {
  /** Graphs that are open, or being opened. */
  readonly graphs: number
  readonly isDead: boolean
  /**
   * @throws {Failure} `model/unreadable`, `model/unsupportedType`
   */
  open(path: string, options: LaneOpenOptions): Promise<LaneGraph>
  /** Ends the thread once it has answered what it was asked. */
  close(): Promise<void>
  /** Ends the thread at once; inside of the runtime that would end the process. */
  terminate(): Promise<void>
}

/** Starts a lane; what it was asked fails with `serving/laneDied` if the thread ends. */
export function openLane(): Lane {
  const file = new URL(import.meta.url.endsWith('.ts') ? './lane-thread.ts' : './lane-thread.js', import.meta.url)
  const worker = new Worker(file)
  const calls = new Map<number, { done: (reply: LaneReply) => void; failed: (error: unknown) => void }>()
  let last = 0
  let graphs = 0
  let isDead = false
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  const die = (): void => {
    isDead = true
    for (const call of calls.values())
      call.failed(fail('laneDied', 'Cannot answer: the thread that runs the model ended'))
    calls.clear()
  }
  worker.on('error', die)
  worker.on('exit', die)
  worker.on('message', (reply: LaneReply) => {
    const call = calls.get(reply.call)
    calls.delete(reply.call)
    // One that owes an answer keeps the process alive, an idle one does not.
    if (calls.size === 0) worker.unref()
    if (reply.failed) call?.failed(failureOf(reply.failed))
    else call?.done(reply)
  })
  const ask = (request: Asked, transfers: ArrayBuffer[] = []): Promise<LaneReply> =>
    new Promise((done, failed) => {
      const call = ++last
      calls.set(call, { done, failed })
      if (isDead) return die()
      try {
        if (calls.size === 1) worker.ref()
        worker.postMessage({ ...request, call }, transfers)
      } catch (error) {
        calls.delete(call)
        if (calls.size === 0) worker.unref()
        failed(error)
      }
    })
  return {
    get graphs() {
      return graphs
    },
    get isDead() {
      return isDead
    },
    open: async (path, options) => {
      const graph = ++last
      graphs++
      try {
        const { opened } = await ask({ kind: 'open', graph, path, ...options })
        return {
          ...(opened as OpenedGraph),
          run: async (feeds, wanted) => {
            const moved = movedFeeds(feeds)
            return (await ask({ kind: 'run', graph, feeds: moved.feeds, wanted }, moved.buffers)).outputs as RunOutputs
          },
          isLost: () => isDead,
          release: async () => {
            graphs--
            await ask({ kind: 'release', graph }).catch(() => undefined)
          },
        }
      } catch (error) {
        graphs--
        throw error
      }
    },
    close: async () => {
      if (!isDead) await ask({ kind: 'end' }).catch(() => undefined)
      worker.ref()
      await ended
    },
    terminate: async () => {
      await worker.terminate()
    },
  }
}

/** A request without its number. */
type Asked = LaneRequest extends infer Each ? (Each extends LaneRequest ? Omit<Each, 'call'> : never) : never

/** Copies of numbers that can be moved to the thread: the originals are filled again meanwhile. */
function movedFeeds(feeds: Readonly<Record<string, GraphTensor>>): {
  readonly feeds: Readonly<Record<string, GraphTensor>>
  readonly buffers: ArrayBuffer[]
} {
  const buffers: ArrayBuffer[] = []
  const moved: Record<string, GraphTensor> = {}
  for (const [name, tensor] of Object.entries(feeds)) {
    const { data } = tensor
    if (Array.isArray(data)) moved[name] = tensor
    else {
      const copy = copyOf(data as Float32Array)
      buffers.push(copy.buffer)
      moved[name] = { ...tensor, data: copy }
    }
  }
  return { feeds: moved, buffers }
}

/** A copy with a buffer of its own; a `Buffer`'s slice would be a part of the same one. */
function copyOf(data: Float32Array): Float32Array<ArrayBuffer> {
  return Buffer.isBuffer(data) ? (Uint8Array.from(data) as unknown as Float32Array<ArrayBuffer>) : data.slice()
}

function failureOf({ code, message, remedy }: NonNullable<LaneReply['failed']>): Failure {
  const status = code === 'model/runFailed' ? 500 : 422
  return new Failure(code, message, { entry: { status, means: message, remedy: remedy ?? 'Look at the model file' } })
}
