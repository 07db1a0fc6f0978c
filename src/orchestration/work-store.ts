import { join } from 'node:path'
import type { Backend } from 'openworkflow/internal'
import { BackendSqlite } from 'openworkflow/sqlite'
import { migrate, openDatabase, storageFailure, type Database, type Workspace } from '#platform'
import { workMigrations } from './store.ts'

/** The file of durable work, opened twice: by OpenWorkflow for its runs, and by us for what it has no call for. */
export interface WorkStore {
  readonly backend: Backend
  readonly database: Database
  close(): Promise<void>
}

/**
 * Opens `work.sqlite` in the folder of the workspace.
 * @throws {Failure} `platform/newerStore`, `platform/notWritable`, `platform/damagedStore`
 */
export async function openWorkStore(workspace: Workspace): Promise<WorkStore> {
  const path = workFile(workspace)
  const database = openDatabase(path)
  await migrate(database, { migrations: workMigrations, clock: workspace.clock })
  try {
    const backend = BackendSqlite.connect(path)
    waitForLocks(backend)
    const close = async (): Promise<void> => {
      await backend.stop()
      await database.destroy()
    }
    return { backend, database, close }
  } catch (error) {
    await database.destroy()
    throw storageFailure(`open the work store '${path}'`, error)
  }
}

/** The file of a workspace's durable work. */
export const workFile = ({ folder }: Pick<Workspace, 'folder'>): string => join(folder, 'work.sqlite')

/**
 * OpenWorkflow opens SQLite without a busy timeout, so that its write fails at once where another process is writing:
 * a step that was done would count as failed. There is no option for it, only the connection that it holds.
 */
function waitForLocks(backend: BackendSqlite): void {
  const { db } = backend as unknown as { readonly db: { exec(sql: string): void } }
  db.exec('pragma busy_timeout = 10000')
}
