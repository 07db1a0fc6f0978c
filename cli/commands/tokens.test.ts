import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { main } from '../program.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokens-'))
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(() => vi.restoreAllMocks())

async function run(...words: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const written = { out: '', err: '' }
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((written.out += String(text)), true))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((written.err += String(text)), true))
  const code = await main(['node', 'millrace', 'tokens', ...words, '--store', join(folder, 'store')])
  vi.restoreAllMocks()
  return { code, ...written }
}

test('millrace tokens makes a token, lists it without its secret, and revokes it', async () => {
  const made = await run(
    'create',
    '--name',
    'ci',
    '--role',
    'viewer',
    '--scope',
    'run:write, model:write',
    '--expires',
    '30d',
  )
  const [, text = '', id = ''] = /^(mlr_([0-9a-z]+)_[0-9a-f]{64})$/m.exec(made.out) ?? []
  expect([made.code, text]).toEqual([0, expect.stringContaining(id)])
  const { out } = await run('list', '--json')
  expect(JSON.parse(out)).toMatchObject([{ id, name: 'ci', role: 'viewer', scopes: ['run:write', 'model:write'] }])
  expect(out).not.toContain(text)
  expect((await run('revoke', id)).out).toContain(`${id}  ci  viewer,run:write,model:write  any project  revoked `)
})

test.each([
  ['an unknown action', ['give'], 2, /expected 'create', 'list' or 'revoke ID'/],
  ['a revocation of nothing', ['revoke'], 2, /expected 'create', 'list' or 'revoke ID'/],
  ['a token without a name', ['create', '--role', 'viewer'], 2, /a token needs a name/],
  ['a time that is none', ['create', '--name', 'x', '--role', 'viewer', '--expires', 'soon'], 2, /such as 30d/],
  [
    'a time beyond all time',
    ['create', '--name', 'x', '--role', 'viewer', '--expires', '99999999d'],
    2,
    /100000d at most/,
  ],
  ['a role that is none', ['create', '--name', 'x', '--role', 'king'], 2, /'king'; expected viewer, operator or admin/],
  [
    'a scope that is none',
    ['create', '--name', 'x', '--scope', 'run:read,token:manage'],
    2,
    /'--scope' is 'token:manage'; expected .*\bstore:manage/,
  ],
  ['a token that may do nothing', ['create', '--name', 'x'], 1, /a role, or at least one scope/],
  [
    'a project that is none',
    ['create', '--name', 'x', '--role', 'viewer', '--project', 'A b'],
    1,
    /project: lower-case/,
  ],
  ['an id that no token has', ['revoke', 'none'], 1, /governance\/noSuchToken/],
])('millrace tokens refuses %s', async (_, words, code, says) => {
  const refused = await run(...words)
  expect(refused.code).toBe(code)
  expect(refused.err).toMatch(says)
})
