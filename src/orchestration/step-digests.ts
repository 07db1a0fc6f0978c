import { access } from 'node:fs/promises'
import { openDatabase, referredDigests, type Digest, type Workspace } from '#platform'
import { workFile } from './work-store.ts'

/** Digests of the bytes that steps of runs gave: a run that was cut short goes on with what they named. */
export async function* stepDigests(workspace: Workspace): AsyncGenerator<Digest, undefined> {
  const path = workFile(workspace)
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (!isThere) return
  const database = openDatabase(path)
  try {
    yield* referredDigests(
      { ...workspace, database },
      { tables: [{ table: 'step_attempts', key: ['namespace_id', 'id'], columns: ['output'] }] },
    )
  } finally {
    await database.destroy()
  }
}
