import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAccessStore, type AccessStore } from '../fixtures/access-store.ts'
import { readTokens } from './store/tokens.ts'
import { createToken, revokeToken, tokens } from './tokens.ts'

let store: AccessStore
beforeEach(async () => {
  store = await openAccessStore()
})
afterEach(() => store.close())

test('createToken() gives its text once, and the store keeps nothing from which it could be told', async () => {
  const { text, id } = await store.make({ name: 'ci', role: 'operator', project: 'team-a' })
  expect(text).toMatch(new RegExp(`^mlr_${id}_[0-9a-f]{64}$`))
  const secret = text.split('_')[2] as string
  expect(JSON.stringify(await tokens(store.workspace))).not.toContain('scrypt')
  const rows = JSON.stringify(await readTokens(store.workspace.database))
  expect(rows).toContain('scrypt:')
  expect(rows).not.toContain(secret)
  for (const file of await readdir(store.workspace.folder)) {
    const bytes = await readFile(join(store.workspace.folder, file)).catch(() => Buffer.alloc(0))
    for (const form of [secret, Buffer.from(secret, 'hex').toString('base64')]) expect(bytes.includes(form)).toBe(false)
    expect(bytes.includes(Buffer.from(secret, 'hex'))).toBe(false)
  }
})

test('tokens() lists every token there ever was, the newest first', async () => {
  const { id } = await store.make({ name: 'ci', scopes: ['run:read', 'run:read'], expiresAtMs: Date.UTC(2031, 0, 1) })
  store.clock.advanceTo(store.clock.now() + 1)
  await store.make({ name: 'admin', role: 'admin' })
  await revokeToken(store.workspace, { id, by: 'somebody' })
  expect(await tokens(store.workspace)).toEqual([
    expect.objectContaining({ name: 'admin', role: 'admin', scopes: [], project: null, revokedAtMs: null }),
    {
      id,
      name: 'ci',
      role: null,
      scopes: ['run:read'],
      project: null,
      createdAtMs: Date.UTC(2030, 0, 1),
      createdBy: 'a test',
      expiresAtMs: Date.UTC(2031, 0, 1),
      revokedAtMs: Date.UTC(2030, 0, 1) + 1,
      lastUsedAtMs: null,
    },
  ])
})

test('createToken() refuses a name that is in force, and takes it again once that token was revoked', async () => {
  const { id } = await store.make({ name: 'ci', role: 'viewer' })
  const again = () => createToken(store.workspace, { name: 'ci', role: 'viewer', by: 'a test' })
  await expect(again()).rejects.toMatchObject({ code: 'governance/tokenNameTaken', status: 409 })
  await revokeToken(store.workspace, { id, by: 'a test' })
  expect((await again()).token.name).toBe('ci')
})

test('revokeToken() stands as it was first done, and refuses an id that no token has', async () => {
  const { id } = await store.make({ name: 'ci', role: 'viewer' })
  const first = await revokeToken(store.workspace, { id, by: 'a test' })
  store.clock.advanceTo(store.clock.now() + 1000)
  expect(await revokeToken(store.workspace, { id, by: 'another' })).toEqual(first)
  await expect(revokeToken(store.workspace, { id: 'none', by: 'a test' })).rejects.toMatchObject({
    code: 'governance/noSuchToken',
  })
})
