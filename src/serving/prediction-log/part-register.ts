import type { Database, EpochMs } from '#platform'
import type { LogPart } from '../schema.ts'
import { insertPart, sealPart, type PartContent } from '../store.ts'

/** Where the files of the log are listed. Listing one again changes nothing. */
export interface PartRegister {
  /** Lists a file before it holds anything. */
  open(part: LogPart): Promise<void>
  /** Says what a file holds, once it grows no more. */
  seal(name: string, content: SealedContent): Promise<void>
}

export type SealedContent = PartContent & { readonly atMs: EpochMs }

/** Lists files in the store from this thread, which waits for the disk meanwhile. */
export const storeRegister = (database: Database): PartRegister => ({
  open: async (part) => {
    await insertPart(database, part)
  },
  seal: (name, content) => sealPart(database, name, content),
})
