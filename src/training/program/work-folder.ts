import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { storageFailure, takeLock, type Ids } from '#platform'

/** A folder for the files of one training, which goes with it. */
export interface WorkFolder {
  readonly path: string
  remove(): Promise<void>
}

/**
 * Makes a folder to work in, and removes those that killed processes left: nobody holds their locks any more.
 * @param all the folder of all of them
 * @throws {Failure} `platform/notWritable`, `platform/diskFull`
 */
export async function openWorkFolder(all: string, ids: Ids): Promise<WorkFolder> {
  try {
    await mkdir(all, { recursive: true })
    await sweep(all)
    const path = join(all, ids.next('work'))
    const lock = takeLock(`${path}.lock`)
    await mkdir(path)
    return {
      path,
      remove: async () => {
        await rm(path, { recursive: true, force: true })
        lock?.release()
        await rm(`${path}.lock`, { force: true })
      },
    }
  } catch (error) {
    throw storageFailure(`make a folder in '${all}'`, error)
  }
}

async function sweep(all: string): Promise<void> {
  for (const name of await readdir(all)) {
    if (!name.endsWith('.lock')) continue
    const file = join(all, name)
    const lock = takeLock(file)
    if (!lock) continue
    await rm(file.slice(0, -'.lock'.length), { recursive: true, force: true })
    lock.release()
    await rm(file, { force: true })
  }
}
