import { createServer } from 'node:net'
import { listenFailure, type Listening, type Log } from '#platform'
import type { ServingCounts } from '../metrics/serving-counts.ts'
import { startServingProcess, type ServingProcess } from './serving-process.ts'

/** The processes that answer requests on one port. */
export interface ServingProcesses extends Listening {
  readonly grpcPort: number | null
  /** Ids of those that live. */
  pids(): readonly number[]
  /** Lets every process follow the store as it is now. */
  follow(): Promise<void>
  counts(): Promise<readonly ServingCounts[]>
  close(): Promise<void>
}

export interface ServingProcessesOptions {
  /** The program of a serving process. */
  readonly program: URL
  /** Its folder of the store, the socket of the control process, the version of Millrace. */
  readonly parameters: readonly string[]
  readonly count: number
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly grpcPort: number | undefined
  readonly log: Log
  /** Answers in this process too, on the same ports, until it is closed: so that they answer whoever dies. */
  standIn(at: {
    readonly host: string
    readonly port: number
    readonly grpcPort: number | null
  }): Promise<{ close(): Promise<void> }>
  /** Memory of a process beyond which a fresh one takes its place. */
  readonly maxResidentBytes: number
}

/**
 * Starts the serving processes, and keeps so many of them: one that ends is followed by another on the same port, and one
 * that has grown too large hands over to a fresh one without a failed request.
 * @throws {Failure} `http/portInUse`, `http/cannotListen`, or what keeps a process from starting
 */
export async function openServingProcesses(options: ServingProcessesOptions): Promise<ServingProcesses> {
  const { count, host, log } = options
  await holdFree(options)
  const living = new Set<ServingProcess>()
  let isClosing = false
  let replacing = 0
  let standing: Promise<{ close(): Promise<void> } | undefined> | undefined
  let at: { host: string; port: number; grpcPort: number | null } = {
    host,
    port: options.port,
    grpcPort: options.grpcPort ?? null,
  }

  const follow = async (except?: ServingProcess): Promise<void> => {
    await Promise.all([...living].filter((one) => one !== except).map((one) => one.follow()))
  }
  const start = async (): Promise<ServingProcess> => {
    const started = await startServingProcess({ ...options, at, changed: (by) => follow(by) })
    living.add(started)
    at = started.at
    void started.ended.then(() => {
      living.delete(started)
      if (!isClosing && !started.isClosing()) void replace()
    })
    return started
  }
  /** Starts another one, as often as it takes; until then this process answers beside those that are left. */
  const replace = async (): Promise<void> => {
    log.error('a serving process ended: another takes its place')
    replacing++
    standing ??= options.standIn(at).catch((error: unknown) => {
      log.error({ err: error }, 'stand in for a serving process')
      return undefined
    })
    for (let waitMs = 100; !isClosing && living.size < count; waitMs = Math.min(waitMs * 2, 5000)) {
      try {
        await start()
      } catch (error) {
        log.error({ err: error }, 'start a serving process')
        await new Promise((resolve) => setTimeout(resolve, waitMs).unref())
      }
    }
    if (--replacing === 0) {
      const done = standing
      standing = undefined
      await (await done)?.close()
    }
  }
  const recycle = async (): Promise<void> => {
    for (const one of living) {
      const { residentBytes } = await one.count()
      if (residentBytes <= options.maxResidentBytes || isClosing) continue
      log.warn({ pid: one.pid, residentBytes }, 'a serving process has grown: a fresh one takes its place')
      await start()
      await one.close()
    }
  }
  // The first finds the port, where any will do.
  const first = await start()
  await Promise.all(Array.from({ length: count - 1 }, start)).catch(async (error: unknown) => {
    isClosing = true
    await Promise.all(Array.from(living, (one) => one.close()))
    throw error
  })
  let recycling: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    recycling = recycling.then(recycle).catch((error: unknown) => log.error({ err: error }, 'watch serving processes'))
  }, 5000).unref()
  const { host: address, port } = first.at
  return {
    host: address,
    port,
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    grpcPort: first.at.grpcPort,
    pids: () => Array.from(living, ({ pid }) => pid),
    follow: () => follow(),
    counts: () => Promise.all(Array.from(living, (one) => one.count())),
    close: async () => {
      isClosing = true
      clearInterval(timer)
      await recycling
      await (await standing)?.close()
      await Promise.all(Array.from(living, (one) => one.close()))
    },
  }
}

/** A port that is shared would silently be shared with another Millrace too: it has to be free when the first one opens it. */
async function holdFree(at: {
  readonly host: string
  readonly port: number
  readonly grpcPort: number | undefined
}): Promise<void> {
  for (const port of [at.port, at.grpcPort ?? 0]) {
    if (port === 0) continue
    const server = createServer()
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(listenFailure({ host: at.host, port }, error)))
      server.listen({ host: at.host, port }, () => server.close(() => resolve()))
    })
  }
}
