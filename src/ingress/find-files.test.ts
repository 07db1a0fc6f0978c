import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findFiles } from './find-files.ts'
import { openSourceFolder } from './fixtures/source-folder.ts'

test.each([
  { reason: 'a glob is sorted by name', paths: '*.csv', found: ['a.csv', 'b.csv', 'c[1].csv'] },
  { reason: 'folders below', paths: '**/*.csv', found: ['a.csv', 'b.csv', 'c[1].csv', 'sub/a.csv', 'sub/d/z.csv'] },
  {
    reason: 'paths in their own order, each file once',
    paths: ['b.csv', '*.csv'],
    found: ['b.csv', 'a.csv', 'c[1].csv'],
  },
  { reason: 'alternatives', paths: '{b,sub/a}.csv', found: ['b.csv', 'sub/a.csv'] },
  { reason: 'a name that looks like a glob', paths: 'c[1].csv', found: ['c[1].csv'] },
])('findFiles() finds $found by $paths: $reason', async ({ paths, found }) => {
  await using folder = await openSourceFolder()
  for (const path of ['sub/d/z.csv', 'sub/a.csv', 'b.csv', 'c[1].csv', 'a.csv', 'a.json']) await folder.write(path, 'x')
  const files = await findFiles(paths, { baseFolder: folder.folder })
  expect(files.map((file) => file.path)).toEqual(found)
  expect(files.every((file) => file.absolutePath === join(folder.folder, file.path) && file.sizeBytes === 1)).toBe(true)
})

test('findFiles() takes absolute globs', async () => {
  await using folder = await openSourceFolder()
  await folder.write('sub/a.csv', 'x')
  const files = await findFiles(join(folder.folder, 'sub/*.csv'), { baseFolder: folder.folder })
  expect(files.map((file) => file.path)).toEqual(['sub/a.csv'])
})

test('findFiles() refuses what is no file, and a glob without a match unless there may be none', async () => {
  await using folder = await openSourceFolder()
  execFileSync('mkfifo', [join(folder.folder, 'pipe.csv')])
  const { folder: baseFolder } = folder
  await expect(findFiles('pipe.csv', { baseFolder })).rejects.toMatchObject({ code: 'ingress/unreadableFile' })
  await expect(findFiles('*.parquet', { baseFolder })).rejects.toMatchObject({ code: 'ingress/noMatch' })
  expect(await findFiles('*.parquet', { baseFolder, mayBeNone: true })).toEqual([])
})
