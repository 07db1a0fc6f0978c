import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLake, type Lake } from '#platform'

/** Runs `use` with a DuckDB of its own, of one thread, so that rows keep their order; nothing of it stays. */
export async function withScratchLake<T>(use: (lake: Lake) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-rule-'))
  try {
    const lake = await openLake({ folder, threads: 1, memoryMb: 512 })
    try {
      return await use(lake)
    } finally {
      lake.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
