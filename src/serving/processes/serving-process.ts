import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { problemFailure } from '#platform'
import { fail } from '../failures.ts'
import type { ServingCounts } from '../metrics/serving-counts.ts'
import type { FromServing, ToServing } from './messages.ts'

/** A serving process, seen from the control process. */
export interface ServingProcess {
  readonly pid: number
  readonly at: { readonly host: string; readonly port: number; readonly grpcPort: number | null }
  readonly ended: Promise<void>
  isClosing(): boolean
  /** Ends when it follows the store as it is now, or has ended. */
  follow(): Promise<void>
  count(): Promise<ServingCounts>
  /** Answers what is under way, then ends. */
  close(): Promise<void>
}

export interface StartOptions {
  readonly program: URL
  readonly parameters: readonly string[]
  readonly at: ServingProcess['at']
  /** It changed the repository: ends when all others follow. */
  readonly changed: (by: ServingProcess) => Promise<void>
}

/**
 * Starts a serving process; it answers on its port when this returns.
 * @throws {Failure} `serving/processEnded`, or what kept it from starting
 */
export async function startServingProcess({ program, parameters, at, changed }: StartOptions): Promise<ServingProcess> {
  const child = fork(fileURLToPath(program), [...parameters], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const tell = (message: ToServing): void => void (child.connected && child.send(message))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const calls = new Map<number, (message: FromServing | undefined) => void>()
  const started = Promise.withResolvers<ServingProcess['at']>()
  let last = 0
  let isClosing = false
  /** Nothing comes back from a process that has ended. */
  const ask = (make: (call: number) => ToServing): Promise<FromServing | undefined> =>
    new Promise((resolve) => {
      const call = ++last
      calls.set(call, resolve)
      if (child.connected) tell(make(call))
      else resolve(undefined)
    })
  void ended.then(() => {
    for (const resolve of calls.values()) resolve(undefined)
    started.reject(fail('processEnded', 'Cannot start a serving process: it ended before it could answer'))
  })
  child.on('message', (message: FromServing) => {
    switch (message.kind) {
      case 'ready':
        tell({ kind: 'listen', ...at })
        break
      case 'listening':
        started.resolve({ host: message.host, port: message.port, grpcPort: message.grpcPort })
        break
      case 'failed':
        started.reject(problemFailure(message.problem))
        break
      case 'changed':
        void changed(process_).then(() => tell({ kind: 'allFollowed', call: message.call }))
        break
      default:
        calls.get(message.call)?.(message)
        calls.delete(message.call)
    }
  })
  const process_: ServingProcess = {
    pid: child.pid as number,
    at,
    ended,
    isClosing: () => isClosing,
    follow: async () => {
      await ask((call) => ({ kind: 'follow', call }))
    },
    count: async () => {
      const answer = await ask((call) => ({ kind: 'count', call }))
      return answer?.kind === 'counted' ? answer.counts : nothingCounted
    },
    close: async () => {
      isClosing = true
      tell({ kind: 'close' })
      const force = setTimeout(() => child.kill('SIGKILL'), 15_000)
      await ended
      clearTimeout(force)
    },
  }
  const found = await started.promise.catch(async (error: unknown) => {
    isClosing = true
    child.kill('SIGKILL')
    await ended
    throw error
  })
  return Object.assign(process_, { at: found })
}

const nothingCounted: ServingCounts = {
  models: [],
  openModels: 0,
  openModelBytes: 0,
  evictedModels: 0,
  residentBytes: 0,
  cpuSeconds: 0,
}
