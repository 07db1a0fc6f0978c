import type { KnownGraph } from './open-graph.ts'
import type { Resident } from './open-resident.ts'

/** Models that are open in this process, each once, up to a number and a size. */
export interface Residents {
  /** The model, where it is open; it counts as asked just now. */
  peek(key: string): Resident | undefined
  /**
   * The model; it is opened where it is not.
   * @param file.known what is known of its graph already
   */
  get(key: string, file: { readonly sizeBytes: number; readonly known?: KnownGraph | undefined }): Promise<Resident>
  /** The model, where it is open, for a look that is no request. */
  look(key: string): Resident | undefined
  /** Lets go of a model once its last request has ended. */
  drop(key: string): Promise<void>
  /** Keys of the models that are open. */
  keys(): readonly string[]
  readonly sizeBytes: number
  /** How many were let go of to make room. */
  readonly evicted: number
  close(): Promise<void>
}

export interface ResidentsOptions {
  readonly open: (key: string, known: KnownGraph | undefined) => Promise<Resident>
  readonly maxModels: number
  /** Of their files. */
  readonly maxBytes: number
}

interface Entry {
  readonly opening: Promise<Resident>
  readonly sizeBytes: number
  resident: Resident | undefined
}

/** Opens the set of open models. The one that was asked longest ago goes first, and comes back when it is asked again. */
export function openResidents({ open, maxModels, maxBytes }: ResidentsOptions): Residents {
  /** In the order of their last use. */
  const entries = new Map<string, Entry>()
  const known = new Map<string, KnownGraph>()
  const closing = new Set<Promise<void>>()
  let totalBytes = 0
  let evicted = 0

  const touch = (key: string, entry: Entry): void => {
    entries.delete(key)
    entries.set(key, entry)
  }
  const remove = (key: string, entry: Entry): Promise<void> => {
    if (entries.get(key) !== entry) return Promise.resolve()
    entries.delete(key)
    totalBytes -= entry.sizeBytes
    // One that cannot be opened, or closed, has nothing left to wait for.
    const ended = entry.opening.then((resident) => resident.close()).catch(() => undefined)
    closing.add(ended)
    return ended.finally(() => closing.delete(ended))
  }
  const makeRoom = (): void => {
    for (const [key, entry] of entries) {
      if (entries.size <= maxModels && (totalBytes <= maxBytes || entries.size === 1)) return
      // One that is being opened was asked just now, by somebody who waits for it.
      if (!entry.resident) continue
      evicted++
      void remove(key, entry)
    }
  }
  const begin = (key: string, sizeBytes: number): Entry => {
    const opening = open(key, known.get(key))
    const entry: Entry = { opening, sizeBytes, resident: undefined }
    entries.set(key, entry)
    totalBytes += sizeBytes
    opening.then(
      (resident) => {
        entry.resident = resident
        known.set(key, knownOf(resident))
        makeRoom()
      },
      () => void remove(key, entry),
    )
    return entry
  }
  /** The entry of a key; one whose model was lost is let go of, and opened again by whoever asks next. */
  const living = (key: string): Entry | undefined => {
    const entry = entries.get(key)
    if (!entry?.resident?.isLost()) return entry
    void remove(key, entry)
    return undefined
  }
  return {
    peek: (key) => {
      const entry = living(key)
      if (!entry?.resident) return undefined
      touch(key, entry)
      return entry.resident
    },
    look: (key) => entries.get(key)?.resident,
    get: (key, file) => {
      const entry = living(key)
      if (!entry) {
        if (file.known && !known.has(key)) known.set(key, file.known)
        return begin(key, file.sizeBytes).opening
      }
      touch(key, entry)
      return entry.opening
    },
    drop: async (key) => {
      const entry = entries.get(key)
      if (entry) await remove(key, entry)
    },
    keys: () => [...entries.keys()],
    get sizeBytes() {
      return totalBytes
    },
    get evicted() {
      return evicted
    },
    close: async () => {
      for (const [key, entry] of entries) void remove(key, entry)
      await Promise.all(closing)
    },
  }
}

/** What is worth knowing of a model the next time that it is opened. */
export function knownOf({ processor, sharesRuns, curve, loadMs, largestBatch, runsIn }: Resident): KnownGraph {
  return { processor, sharesRuns, curve, loadMs, largestBatch, runsIn }
}
