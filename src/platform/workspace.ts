import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { openBlobs, type Blobs } from './blobs.ts'
import { systemClock, type Clock } from './clock.ts'
import { migrate, openDatabase, type Database, type Migration } from './database.ts'
import { storageFailure } from './failures.ts'
import { systemIds, type Ids } from './ids.ts'
import type { Lake } from './lake.ts'
import type { Log } from './log.ts'
import { openLake } from './open-lake.ts'

/** One Millrace's whole state and its sources of time and identity: what every component is handed. */
export interface Workspace {
  readonly folder: string
  readonly database: Database
  readonly blobs: Blobs
  readonly lake: Lake
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  close(): Promise<void>
}

export interface WorkspaceOptions {
  readonly folder: string
  readonly migrations: readonly Migration[]
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Threads of DuckDB; 1 makes sums of decimals repeatable bit by bit. The number of cores where absent. */
  readonly threads?: number | undefined
  readonly memoryMb?: number
  /** A store that nobody will open again, such as a rehearsal's: facts are not synced to the disk. */
  readonly scratch?: boolean
}

/** Opens (or creates) a workspace in a folder. */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { folder, clock, ids, log } = options
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw storageFailure(`open the store '${folder}'`, error)
  })
  const database = openDatabase(join(folder, 'facts.sqlite'), { scratch: options.scratch })
  await migrate(database, { migrations: options.migrations, clock })
  // Names of files in the making are seen by nobody: they come from the machine, also in a rehearsal.
  const blobs = await openBlobs(join(folder, 'blobs'), { ids: systemIds(systemClock), clock: systemClock })
  const lake = await openLake({
    folder: join(folder, 'lake'),
    threads: options.threads ?? availableParallelism(),
    memoryMb: options.memoryMb ?? 768,
  })
  const close = async (): Promise<void> => {
    lake.close()
    await database.destroy()
  }
  return { folder, database, blobs, lake, clock, ids, log, close }
}
