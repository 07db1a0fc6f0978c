import { open } from 'node:fs/promises'

/** Forces what was written of a file, or the names in a folder, onto the disk. */
export async function syncPath(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  await handle.sync()
}
