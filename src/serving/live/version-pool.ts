import type { OpenVersion } from './open-version.ts'

/** Versions that are open, each once, however many use it. */
export interface VersionPool {
  /** Opens a version, or shares it where it is open. Each acquisition is to be released once. */
  acquire(id: string): Promise<OpenVersion>
  /** Closes the version once nobody uses it. */
  release(id: string): Promise<void>
  /** Ids of the versions that are open. */
  open(): readonly string[]
}

/** @param open opens one version */
export function versionPool(open: (id: string) => Promise<OpenVersion>): VersionPool {
  const held = new Map<string, { readonly opening: Promise<OpenVersion>; users: number }>()
  return {
    acquire: async (id) => {
      let entry = held.get(id)
      if (!entry) {
        entry = { opening: open(id), users: 0 }
        held.set(id, entry)
      }
      entry.users++
      try {
        return await entry.opening
      } catch (error) {
        // One that cannot be opened is not kept: the next one to ask tries again.
        if (held.get(id) === entry) held.delete(id)
        throw error
      }
    },
    release: async (id) => {
      const entry = held.get(id)
      if (!entry || --entry.users > 0) return
      held.delete(id)
      await (await entry.opening).release()
    },
    open: () => [...held.keys()],
  }
}
