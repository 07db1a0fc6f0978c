import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { openBlobs, type Blobs } from './blobs.ts'
import { systemClock, type Clock } from './clock.ts'
import { migrate, openDatabase, type Database, type Migration } from './database.ts'
import { storageFailure } from './failures.ts'
import { systemIds, type Ids } from './ids.ts'
import { blobsInBucket, type BucketPlace } from './bucket/bucket-place.ts'
import type { Lake } from './lake.ts'
import type { Log } from './log.ts'
import { openLake } from './open-lake.ts'
import { factsFile, holdSameStore, nameInBucket } from './store-identity.ts'

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
  /** PostgreSQL for the facts; SQLite in the folder where absent. */
  readonly databaseUrl?: string | undefined
  /** Connections to PostgreSQL at the same time, at most. */
  readonly connections?: number
  /** S3 for the bytes; files in the folder where absent. */
  readonly bucket?: BucketPlace | undefined
}

/** Opens (or creates) a workspace in a folder. */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { folder, clock, ids, log } = options
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw storageFailure(`open the store '${folder}'`, error)
  })
  const database = await openFacts(options)
  try {
    await holdSameStore(database, { folder, ids: systemIds(systemClock) })
    await migrate(database, { migrations: options.migrations, clock })
  } catch (error) {
    await database.destroy()
    throw error
  }
  // Names of files in the making are seen by nobody: they come from the machine, also in a rehearsal.
  const files = await openBlobs(join(folder, 'blobs'), { ids: systemIds(systemClock), clock: systemClock })
  const blobs = options.bucket
    ? blobsInBucket(options.bucket, {
        folder: join(folder, 'blobs'),
        files,
        storeName: () => nameInBucket(folder, systemIds(systemClock)),
      })
    : files
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

async function openFacts({ folder, databaseUrl, connections = 10, scratch }: WorkspaceOptions): Promise<Database> {
  if (!databaseUrl) return openDatabase(join(folder, factsFile), { scratch })
  // Whoever keeps facts in a file is spared the driver.
  const { openPostgres } = await import('./postgres/open-postgres.ts')
  return openPostgres(databaseUrl, { connections })
}
