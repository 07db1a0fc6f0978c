import { join } from 'node:path'
import type { Workspace } from '#platform'

/** Folder of the prediction log; each system has its own below it. */
export const logFolder = (workspace: Workspace): string => join(workspace.folder, 'predictions')

/** Path of a part of the log by its name. */
export const partPath = (workspace: Workspace, name: string): string => join(logFolder(workspace), name)

/** The lock that a writer of segments holds for as long as its process lives. */
export const writerLockPath = (workspace: Workspace, writer: string): string =>
  join(logFolder(workspace), 'writers', `${writer}.lock`)
