import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dialectSql, isPostgres } from '#platform'
import { openTrackingCaller, type TrackingCaller } from '../fixtures/tracking-caller.ts'
import { deleteFiles, filesIn, putFile } from './files.ts'
import { open, together, type Tracking } from './tables.ts'

let caller: TrackingCaller
let tables: Tracking
beforeAll(async () => {
  caller = await openTrackingCaller()
  tables = open(caller.workspace.database)
})
afterAll(() => caller.close())

const file = { digest: 'd', size_bytes: 1, at_ms: 1 }

describe('the table of files', () => {
  test.each([
    ['a folder', "folder = 'a'"],
    ['all below a folder', "folder > 'a/' and folder < 'a0'"],
    ['a file', "folder = 'a' and name = 'b'"],
  ])('is searched for %s by its index', async (_, condition) => {
    const asked = sql`select * from tracking_files where ${sql.raw(condition)}`
    const plan = await together(caller.workspace.database, async (inside) => {
      // PostgreSQL reads a small table whole.
      if (isPostgres(inside)) await sql`set local enable_seqscan = off`.execute(inside)
      const explain = dialectSql({ sqlite: sql`explain query plan`, postgres: sql`explain` })
      return (await sql`${explain} ${asked}`.execute(inside)).rows
    })
    expect(JSON.stringify(plan)).toMatch(/SEARCH tracking_files USING INDEX|Index .*tracking_files_by_folder/)
  })

  test('putFile() makes the folders around a file, once', async () => {
    for (const path of ['a/b/c', 'a/b/d', 'a/e']) await putFile(tables, path, file)
    expect(await filesIn(tables, '')).toMatchObject([{ name: 'a', digest: null }])
    expect(await filesIn(tables, 'a')).toMatchObject([
      { name: 'b', digest: null },
      { name: 'e', digest: 'd' },
    ])
    expect(await filesIn(tables, 'a/b')).toMatchObject([{ name: 'c' }, { name: 'd' }])
  })

  test('deleteFiles() leaves no row of what it deleted, and all of the rest', async () => {
    for (const path of ['x/a/b/c', 'x/a/d', 'x/a0', 'x/a.b', 'x/ab/c']) await putFile(tables, path, file)
    await together(caller.workspace.database, (inside) => deleteFiles(inside, 'x/a'))
    expect((await filesIn(tables, 'x')).map(({ name }) => name)).toEqual(['a.b', 'a0', 'ab'])
    for (const path of ['x/a.b', 'x/a0', 'x/ab/c']) await deleteFiles(tables, path)
    const left = tables.selectFrom('tracking_files').selectAll().where('folder', '>=', 'x').execute()
    expect(await left).toEqual([])
    expect((await filesIn(tables, '')).map(({ name }) => name)).toEqual(['a'])
  })
})
