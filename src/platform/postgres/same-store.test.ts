import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { noPostgres, testDatabaseUrl } from '#test-workspace'
import { systemClock } from '../clock.ts'
import { systemIds } from '../ids.ts'
import { silentLog } from '../log.ts'
import { openWorkspace } from '../workspace.ts'

describe.skipIf(noPostgres !== '')(`facts and their folder${noPostgres}`, () => {
  let folder: string
  let databaseUrl: string | undefined
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-same-'))
    databaseUrl = await testDatabaseUrl(folder)
  })
  afterEach(() => rm(folder, { recursive: true }))

  const open = async (name: string, url?: string): Promise<void> => {
    const clock = systemClock
    const workspace = await openWorkspace({
      folder: join(folder, name),
      migrations: [],
      clock,
      ids: systemIds(clock),
      log: silentLog,
      threads: 1,
      databaseUrl: url,
    })
    await workspace.close()
  }

  test('belong together, however often they are opened', async () => {
    await open('one', databaseUrl)
    await expect(open('one', databaseUrl)).resolves.toBeUndefined()
  })

  test('of two folders only the first has a database', async () => {
    await open('one', databaseUrl)
    await expect(open('two', databaseUrl)).rejects.toMatchObject({ code: 'platform/otherStore' })
    await open('one', databaseUrl)
  })

  test('a folder whose facts stand in SQLite has them there', async () => {
    await open('one')
    await expect(open('one', databaseUrl)).rejects.toMatchObject({ code: 'platform/otherStore' })
  })

  test('a folder whose facts stand in PostgreSQL is not opened without it', async () => {
    await open('one', databaseUrl)
    await expect(open('one')).rejects.toMatchObject({ code: 'platform/otherStore' })
  })
})
