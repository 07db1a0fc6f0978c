import type { Model } from '../schema.ts'

/** Models that are opened when they are needed; beyond a cap the least recently used ones are released. */
export interface ResidentModels {
  /** Runs `work` with a model, which stays open until it ends. */
  use<T>(key: string, work: (model: Model) => Promise<T>): Promise<T>
  /** Keys of the models that are open or being opened, the least recently used one first. */
  resident(): readonly string[]
  /** Releases every model once the last work with it has ended; not to be used afterwards. */
  close(): Promise<void>
}

interface Resident {
  readonly opening: Promise<Model>
  users: number
}

/**
 * @param open opens the model of a key; one that failed to open is tried again when it is next needed
 * @param maxResident models that stay open at most; those that are being used count, but are never released
 */
export function residentModels(open: (key: string) => Promise<Model>, maxResident: number): ResidentModels {
  // A map keeps the order in which its keys were set: the first was used longest ago.
  const held = new Map<string, Resident>()
  let idle: (() => void) | undefined

  const acquire = (key: string): Resident => {
    const entry = held.get(key) ?? { opening: open(key), users: 0 }
    held.delete(key)
    held.set(key, entry)
    entry.users++
    return entry
  }
  const makeRoom = async (): Promise<void> => {
    for (const [key, entry] of held) {
      if (held.size <= maxResident) return
      if (entry.users > 0) continue
      held.delete(key)
      await (await entry.opening).release()
    }
  }
  return {
    use: async (key, work) => {
      const entry = acquire(key)
      try {
        const model = await entry.opening.catch((error: unknown) => {
          if (held.get(key) === entry) held.delete(key)
          throw error
        })
        return await work(model)
      } finally {
        entry.users--
        await makeRoom()
        idle?.()
      }
    },
    resident: () => [...held.keys()],
    close: async () => {
      const isBusy = (): boolean => [...held.values()].some(({ users }) => users > 0)
      while (isBusy()) await new Promise<void>((resolve) => (idle = resolve))
      const open = [...held.values()]
      held.clear()
      for (const { opening } of open) await (await opening).release()
    },
  }
}
