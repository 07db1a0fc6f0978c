import { fork } from 'node:child_process'
import { Socket, type Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { environmentOf, problemFailure, type Config, failureProblem } from '#platform'
import { fail } from '../failures.ts'
import type { PartRegister } from '../prediction-log/part-register.ts'
import type { ServingCounts } from '../metrics/serving-counts.ts'
import type { FromServing, ToServing } from './messages.ts'

/** Ports of the serving processes. */
export interface ProcessPorts {
  readonly host: string
  readonly port: number
  readonly grpcPort: number | null
}

/** A serving process, seen from the control process. */
export interface ServingProcess {
  readonly pid: number
  /** Ends when it has read the store. @throws {Failure} `serving/processEnded`, or what keeps it from starting */
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  isClosing(): boolean
  /**
   * Opens its ports.
   * @param listener listens on the first of them already
   * @throws {Failure} `http/portInUse`, `http/cannotListen`, `serving/processEnded`
   */
  listen(at: ProcessPorts, listener?: Server): Promise<ProcessPorts>
  /** Ends when it follows the store as it is now, or has ended. */
  follow(): Promise<void>
  /** Nothing where it has ended. */
  count(): Promise<ServingCounts | undefined>
  /** What it said last that it had counted. */
  lastCounts(): ServingCounts | undefined
  /**
   * Answers what is under way, then ends.
   * @param options.drainMs how long connections may bring another request, which is told to be their last; 0 where absent
   */
  close(options?: { readonly drainMs?: number }): Promise<void>
}

export interface StartOptions {
  readonly program: URL
  readonly parameters: readonly string[]
  readonly config: Config
  /** Lists the files of its log. */
  readonly register: PartRegister
  /** It changed the repository: ends when all others follow. */
  readonly changed: () => Promise<void>
  /** Answers a connection that it gives to this process, of which these bytes were read. */
  readonly take?: ((socket: Socket, bytes: Buffer) => void) | undefined
}

/**
 * Fixed thresholds of glibc's malloc; other systems know nothing of them. Left to itself it raises them with each large
 * block that is given back, and from then on models that come and go leave holes that are never returned.
 */
const steadyMemory = { MALLOC_MMAP_THRESHOLD_: '1048576', MALLOC_TRIM_THRESHOLD_: '1048576' }

/** Starts a serving process. */
export function startServingProcess(options: StartOptions): ServingProcess {
  const { program, parameters, config, register, changed, take } = options
  const child = fork(fileURLToPath(program), [...parameters], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Most of what a request makes dies young: a larger nursery spares a fifth of the processor time. There is a process a
    // core: threads that collect garbage in the background take time slices, in turn, from the one that answers.
    execArgv: [...process.execArgv, '--max-semi-space-size=64', '--v8-pool-size=1'],
    env: { ...steadyMemory, ...environmentOf(config) },
  })
  const calls = new Map<number, (message: FromServing | undefined) => void>()
  const ready = Promise.withResolvers<void>()
  const listening = Promise.withResolvers<ProcessPorts>()
  const end = Promise.withResolvers<void>()
  let last = 0
  let isClosing = false
  let hasEnded = false
  let lastCounts: ServingCounts | undefined
  const tell = (message: ToServing, handle?: Server): void => void (child.connected && child.send(message, handle))
  const list = (call: number, listing: Promise<void>): void => {
    listing.then(
      () => tell({ kind: 'partListed', call, problem: null }),
      (error: unknown) => tell({ kind: 'partListed', call, problem: failureProblem(error) }),
    )
  }
  /** Nothing comes back from a process that has ended. */
  const ask = (make: (call: number) => ToServing): Promise<FromServing | undefined> =>
    new Promise((resolve) => {
      if (hasEnded) return resolve(undefined)
      const call = ++last
      calls.set(call, resolve)
      tell(make(call))
    })
  const stop = (reason: unknown): void => {
    ready.reject(reason)
    listening.reject(reason)
  }
  const onEnd = (): void => {
    hasEnded = true
    for (const resolve of calls.values()) resolve(undefined)
    calls.clear()
    stop(fail('processEnded', 'Cannot start a serving process: it ended before it could answer'))
    end.resolve()
  }
  // Whoever does not wait for it any more need not be told.
  ready.promise.catch(() => undefined)
  listening.promise.catch(() => undefined)
  child.once('exit', onEnd)
  // A process that could not be made has no exit; a message to one that ends meanwhile fails, and its exit follows.
  child.on('error', (error) => {
    if (child.pid === undefined) {
      stop(error)
      onEnd()
    }
  })
  child.on('message', (message: FromServing, handle: unknown) => {
    switch (message.kind) {
      case 'ready':
        ready.resolve()
        break
      case 'listening':
        listening.resolve({ host: message.host, port: message.port, grpcPort: message.grpcPort })
        break
      case 'failed':
        stop(problemFailure(message.problem))
        break
      case 'partOpened':
        list(message.call, register.open(message.part))
        break
      case 'partSealed':
        list(message.call, register.seal(message.name, message.content))
        break
      case 'connection':
        tell({ kind: 'connectionTaken' })
        if (!(handle instanceof Socket)) break
        // As it was where it was accepted: a caller may end its side and still wait for its answers.
        handle.allowHalfOpen = true
        if (take) take(handle, Buffer.from(message.bytes, 'base64'))
        else handle.destroy()
        break
      case 'changed':
        void changed().finally(() => tell({ kind: 'allFollowed', call: message.call }))
        break
      default:
        if (message.kind === 'counted') lastCounts = message.counts
        calls.get(message.call)?.(message)
        calls.delete(message.call)
    }
  })
  return {
    pid: child.pid as number,
    ready: ready.promise,
    ended: end.promise,
    isClosing: () => isClosing,
    listen: (at, listener) => {
      tell({ kind: 'listen', ...at }, listener)
      return listening.promise
    },
    follow: async () => {
      await ask((call) => ({ kind: 'follow', call }))
    },
    count: async () => {
      const answer = await ask((call) => ({ kind: 'count', call }))
      return answer?.kind === 'counted' ? answer.counts : undefined
    },
    lastCounts: () => lastCounts,
    close: async ({ drainMs = 0 } = {}) => {
      isClosing = true
      tell({ kind: 'close', drainMs })
      const force = setTimeout(() => child.kill('SIGKILL'), drainMs + 15_000)
      await end.promise
      clearTimeout(force)
    },
  }
}
