import type { Socket } from 'node:net'
import type { Config, Listening, Log } from '#platform'
import { mergeModels } from '../metrics/merge-models.ts'
import type { AllCounts } from '../metrics/metrics-route.ts'
import type { CountedModel, ServingCounts } from '../metrics/serving-counts.ts'
import type { PartRegister } from '../prediction-log/part-register.ts'
import { holdFree } from './hold-free.ts'
import { startServingProcess, type ProcessPorts, type ServingProcess } from './serving-process.ts'
import { standInPlace, type StandIn } from './stand-in.ts'

/** The processes that answer requests on one port. */
export interface ServingProcesses extends Listening {
  readonly grpcPort: number | null
  /** Ids of those that answer: of this process while there is nothing to serve. */
  pids(): readonly number[]
  /** Whether there are any, beside this process. */
  areThere(): boolean
  /** Lets every process follow the store as it is now; where it holds the first that is to be served, they start. */
  follow(): Promise<void>
  counts(): Promise<AllCounts>
  close(): Promise<void>
}

export interface ServingProcessesOptions {
  /** The program of a serving process. */
  readonly program: URL
  /** Its folder of the store, the socket of the control process, the version of Millrace. */
  readonly parameters: readonly string[]
  readonly config: Config
  readonly count: number
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly grpcPort: number | undefined
  readonly log: Log
  /** Lists the files of their logs. */
  readonly register: PartRegister
  /** Answers in this process too, on the same ports, until it is closed: so that they answer whoever dies. */
  readonly standIn?: (at: ProcessPorts) => Promise<StandIn>
  /**
   * Whether there is anything to serve. Until there is, this process answers alone, where it can stand in, and no other
   * one takes time to start, or memory. There is where absent.
   */
  readonly isNeeded?: () => Promise<boolean>
  /** Answers a connection here that a serving process was asked on, of which these bytes were read. */
  readonly take?: (socket: Socket, bytes: Buffer) => void
  /** Memory of a process beyond which a fresh one takes its place. */
  readonly maxResidentBytes: number
  /** How often memory is looked at; 5 s where absent. */
  readonly watchMs?: number
  /** Lets the control process follow a change that a serving process made. */
  readonly follow?: () => Promise<void>
}

/**
 * Starts the serving processes, and keeps so many of them: one that ends is followed by another on the same port, and one
 * that has grown too large hands over to a fresh one without a failed request.
 * @throws {Failure} `http/portInUse`, `http/cannotListen`, or what keeps a process from starting
 */
export async function openServingProcesses(options: ServingProcessesOptions): Promise<ServingProcesses> {
  const { count, host, log, maxResidentBytes, watchMs = 5000 } = options
  await holdFree(options)
  const living = new Set<ServingProcess>()
  /** Those that have read the store, and hear of every change from then on. */
  const following = new Set<ServingProcess>()
  const answering = new Set<ServingProcess>()
  let ended: readonly CountedModel[] = []
  let starting = 0
  const place = standInPlace(options.standIn, log)
  let isResting = false
  let waking: Promise<unknown> | undefined
  let isClosing = false
  let at: ProcessPorts = { host, port: options.port, grpcPort: options.grpcPort ?? null }

  const follow = async (by?: ServingProcess): Promise<void> => {
    const others = [...following].filter((one) => one !== by)
    await Promise.all(others.map((one) => one.follow()))
  }
  const changed = async (by: ServingProcess): Promise<void> => {
    await Promise.all([
      follow(by),
      options.follow?.().catch((error: unknown) => log.error({ err: error }, 'follow the repository')),
    ])
  }
  /** Starts one that is warm and follows the store, but does not listen yet. */
  const prepare = async (): Promise<ServingProcess> => {
    const { program, parameters, config, register, take } = options
    const one = startServingProcess({ program, parameters, config, register, take, changed: () => changed(one) })
    living.add(one)
    void one.ended.then(() => {
      for (const set of [living, following, answering]) set.delete(one)
      ended = mergeModels([...ended, ...endedModels(one.lastCounts())])
      fill()
    })
    try {
      await one.ready
      following.add(one)
      // What changed while it read the store.
      await one.follow()
      return one
    } catch (error) {
      await one.close()
      throw error
    }
  }
  const admit = async (one: ServingProcess): Promise<void> => {
    try {
      at = await one.listen(at, await place?.listenerToGive())
      answering.add(one)
    } catch (error) {
      await one.close()
      throw error
    }
  }
  const start = async (): Promise<void> => admit(await prepare())
  /** Starts as many as there are too few, as often as it takes. */
  const fill = (): void => {
    const wanted = count - starting - [...answering].filter((one) => !one.isClosing()).length
    if (isClosing || isResting || !isOpen) return
    for (let i = 0; i < wanted; i++) {
      log.error('a serving process ended: another takes its place')
      void startAnother()
    }
  }
  /** Starts another one; until it answers, this process does beside those that are left. */
  const startAnother = async (): Promise<void> => {
    starting++
    void place?.take(at).catch((error: unknown) => log.error({ err: error }, 'stand in for a serving process'))
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 5000)) {
      if (isClosing) break
      const failure = await start().then(
        () => undefined,
        (error: unknown) => ({ error }),
      )
      if (!failure) break
      log.error({ err: failure.error }, 'start a serving process')
      await new Promise((resolve) => setTimeout(resolve, waitMs).unref())
    }
    if (--starting === 0) void place?.leave(isClosing ? 0 : recycleDrainMs)
    // One may have ended while this one was counted as coming.
    fill()
  }
  /** Starts all of them where there is something to serve by now. */
  const wake = async (): Promise<void> => {
    if (!isResting || isClosing) return
    const isNeeded = await options.isNeeded?.().catch((error: unknown) => log.error({ err: error }, 'look for models'))
    if (!isNeeded || !isResting) return
    isResting = false
    waking = Promise.all(Array.from({ length: count }, startAnother)).finally(() => (waking = undefined))
  }
  /** What one has counted is asked on the way, so that little of it is lost should it be killed. */
  const recycle = async (): Promise<void> => {
    for (const one of Array.from(answering)) {
      const residentBytes = (await one.count())?.residentBytes ?? 0
      if (residentBytes <= maxResidentBytes || isClosing) continue
      log.warn({ pid: one.pid, residentBytes }, 'a serving process has grown: a fresh one takes its place')
      await start()
      await one.close({ drainMs: recycleDrainMs })
    }
  }
  const close = async (): Promise<void> => {
    isClosing = true
    await Promise.all(Array.from(living, (one) => one.close()))
    await place?.close()
  }
  /** The processes come when they are needed. */
  const openHere = async (): Promise<ProcessPorts> => {
    const { host: address, port, grpcPort } = (await place?.take(at)) ?? at
    return { host: address, port, grpcPort }
  }
  const startAll = async (): Promise<void> => {
    // All listen from the same moment on: connections stay with the process that took them, and would stay with the first.
    const prepared = await Promise.all(Array.from({ length: count }, () => prepare()))
    // The first finds the port, where any will do.
    for (const one of prepared) await admit(one)
  }
  let isOpen = false
  try {
    isResting = place !== undefined && options.isNeeded !== undefined && !(await options.isNeeded())
    if (isResting) at = await openHere()
    else await startAll()
  } catch (error) {
    await close()
    throw error
  }
  isOpen = true
  fill()
  let recycling: Promise<unknown> | undefined
  const timer = setInterval(() => {
    recycling ??= recycle()
      .catch((error: unknown) => isClosing || log.error({ err: error }, 'watch serving processes'))
      .finally(() => (recycling = undefined))
  }, watchMs).unref()
  const waker = setInterval(() => void wake(), wakeMs).unref()
  const { host: address, port, grpcPort } = at
  return {
    host: address,
    port,
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    grpcPort,
    pids: () => (answering.size > 0 ? Array.from(answering, ({ pid }) => pid) : [process.pid]),
    areThere: () => answering.size > 0,
    follow: async () => {
      await wake()
      if (waking) await Promise.race([waking, new Promise((resolve) => setTimeout(resolve, longestWakeMs).unref())])
      await follow()
    },
    counts: async () => {
      const counts = await Promise.all(Array.from(answering, (one) => one.count()))
      return { processes: counts.filter((one) => one !== undefined), ended }
    },
    close: async () => {
      clearInterval(timer)
      clearInterval(waker)
      await close()
      await recycling
    },
  }
}

const endedModels = (counts: ServingCounts | undefined): readonly CountedModel[] =>
  (counts?.models ?? []).map((model) => ({ ...model, inFlight: 0 }))

/** Longer than most callers leave a connection unused that they mean to use again. */
const recycleDrainMs = 5000

/** How often is looked for the first model, where there is none. */
const wakeMs = 500

/** Who loads the first model waits no longer for the processes that will serve it: until then, this one does. */
const longestWakeMs = 30_000
