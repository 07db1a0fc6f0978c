import { fail } from '../failures.ts'
import type { LogLines } from '../prediction-log/system-log.ts'
import type { Lanes } from './lanes.ts'
import { modelMeter, type ModelMeter } from './model-meter.ts'
import { processor, type KnownGraph } from './open-graph.ts'
import { openResident, type QueueLimits, type Resident } from './open-resident.ts'
import { openResidents } from './residents.ts'

/** A model file that can be opened. */
export interface HostedFile {
  /** Names the file for ever: another content is another key. */
  readonly key: string
  readonly path: string
  readonly sizeBytes: number
  /** What is known of its graph already. */
  readonly known?: KnownGraph | null
  /** What its counts go by. */
  readonly model: string
  readonly version: string
  /** How long the first request of a batch waits for others, asked anew for each; what the host says where absent. */
  readonly maxQueueDelayMs?: () => number | undefined
  /** Keeps lines of the prediction log, at once where it returns nothing; absent for a model whose answers somebody else keeps. */
  readonly keep?: (lines: LogLines) => Promise<void> | undefined
}

/** The models that are open in this process, whatever they belong to. */
export interface ModelHost {
  /** The model of a key, where it is open; it counts as asked just now. */
  peek(key: string): Resident | undefined
  /** The model of a key, where it is open, for a look that is no request. */
  look(key: string): Resident | undefined
  /** The model of a file; it is opened where it is not. @throws {Failure} `model/unreadable`, `model/unsupportedType` */
  open(file: HostedFile): Promise<Resident>
  /** Closes a model once its last request has ended; one that is not open is left alone. */
  drop(key: string): Promise<void>
  /** Counts of every model that was ever open. */
  counted(): readonly { readonly file: HostedFile; readonly meter: ModelMeter }[]
  readonly openModels: number
  readonly openBytes: number
  readonly evicted: number
  /** Whether one more can be open without another being closed for it. */
  hasRoom(sizeBytes: number): boolean
  close(): Promise<void>
}

export interface ModelHostOptions {
  readonly lanes: Lanes
  readonly limits: Omit<QueueLimits, 'maxQueueDelayMs'> & { readonly maxQueueDelayMs: number }
  readonly clock: { now(): number }
  readonly maxModels: number
  readonly maxBytes: number
  /** Where graphs are kept as the runtime prepared them; null keeps none. */
  readonly preparedFolder: string | null
}

/** Opens the set of open models of this process, up to a number and a size. */
export function openModelHost(options: ModelHostOptions): ModelHost {
  const { lanes, limits, clock, maxModels, maxBytes, preparedFolder } = options
  const files = new Map<string, HostedFile>()
  const meters = new Map<string, { readonly file: HostedFile; readonly meter: ModelMeter }>()
  let isClosed = false
  const residents = openResidents({
    maxModels,
    maxBytes,
    open: (key, known) => {
      const file = files.get(key) as HostedFile
      // The counts of a model outlive its closing and opening again, and a new content of the same version.
      const name = `${file.model}/${file.version}`
      const meter = meters.get(name)?.meter ?? modelMeter(clock)
      meters.set(name, { file, meter })
      const { path, keep = keepNothing } = file
      const maxQueueDelayMs = (): number => file.maxQueueDelayMs?.() ?? limits.maxQueueDelayMs
      return openResident({
        path,
        preparedFolder,
        lanes,
        known,
        limits: { ...limits, maxQueueDelayMs },
        meter,
        keep,
      })
    },
  })
  return {
    peek: (key) => residents.peek(key),
    look: (key) => residents.look(key),
    open: (file) => {
      if (isClosed) throw fail('closing', 'Cannot run the model: the server is closing')
      files.set(file.key, file)
      const known = file.known?.processor === processor ? file.known : undefined
      return residents.get(file.key, { sizeBytes: file.sizeBytes, known })
    },
    drop: (key) => residents.drop(key),
    counted: () => [...meters.values()],
    get openModels() {
      return residents.keys().length
    },
    get openBytes() {
      return residents.sizeBytes
    },
    get evicted() {
      return residents.evicted
    },
    hasRoom: (sizeBytes) =>
      !isClosed && residents.keys().length < maxModels && residents.sizeBytes + sizeBytes <= maxBytes,
    close: async () => {
      isClosed = true
      await residents.close()
      await lanes.close()
    },
  }
}

const keepNothing = (): undefined => undefined
