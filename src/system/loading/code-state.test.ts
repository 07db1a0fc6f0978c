import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { codeState } from './code-state.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'code-'))
})
afterEach(() => rm(folder, { recursive: true }))

const git = (...words: string[]): string =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...words], {
    encoding: 'utf8',
    stdio: 'pipe',
  })

test('codeState() outside a repository knows no commit', async () => {
  expect(await codeState(folder)).toEqual({ commit: null, dirty: false })
  expect(await codeState(join(folder, 'nowhere'))).toEqual({ commit: null, dirty: false })
})

test('codeState() is the commit, and dirty from the first change to the next commit', async () => {
  git('init', '-q')
  expect(await codeState(folder)).toEqual({ commit: null, dirty: false })
  await writeFile(join(folder, 'a.system.ts'), 'one')
  expect(await codeState(folder)).toEqual({ commit: null, dirty: true })
  git('add', '.')
  git('commit', '-qm', 'first')
  const commit = git('rev-parse', 'HEAD').trim()
  expect(await codeState(folder)).toEqual({ commit, dirty: false })
  await writeFile(join(folder, 'a.system.ts'), 'two')
  expect(await codeState(folder)).toEqual({ commit, dirty: true })
})

test('codeState() of a folder inside sees the whole repository, but not the store', async () => {
  git('init', '-q')
  await writeFile(join(folder, 'a'), 'one')
  git('add', '.')
  git('commit', '-qm', 'first')
  const inside = join(folder, 'systems')
  await mkdir(join(inside, '.millrace'), { recursive: true })
  await writeFile(join(inside, '.millrace', 'facts.sqlite'), 'x')
  expect((await codeState(inside)).dirty).toBe(false)
  await writeFile(join(folder, 'a'), 'two')
  expect((await codeState(inside)).dirty).toBe(true)
})
