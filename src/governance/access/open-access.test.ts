import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inProcess, type Actor, type Authorise, type Caller } from '#platform'
import { openAccessStore, type AccessStore } from '../fixtures/access-store.ts'
import { revokeToken, tokens } from '../tokens/tokens.ts'
import { openAccess } from './open-access.ts'

let store: AccessStore
let authorise: Authorise
let demanding: Authorise
beforeAll(async () => {
  store = await openAccessStore()
})
afterAll(() => store.close())
beforeEach(() => {
  authorise = openAccess(store.workspace, { MILLRACE_ACCESS: 'local' })
  demanding = openAccess(store.workspace, { MILLRACE_ACCESS: 'tokens' })
})
afterEach(() => store.clear())

const local: Caller = { address: '127.0.0.1', headers: { host: 'localhost' } }
const remote: Caller = { address: '192.168.1.7', headers: { host: 'millrace.example' } }
const bearing = (text: string, from: Caller = remote): Caller => ({
  ...from,
  headers: { ...from.headers, authorization: `Bearer ${text}` },
})
const basic = (pair: string): Caller => ({
  ...remote,
  headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
})
const ask = async (...asked: Parameters<Authorise>): Promise<Actor> => authorise(...asked)
const refused = (status: number, code: string) => expect.objectContaining({ status, code: `governance/${code}` })

describe('openAccess() without a token', () => {
  test('lets programs on this machine do everything, and nobody else anything', () => {
    expect(authorise(local, 'system:apply')).toEqual({ id: 'local', role: 'admin', project: null })
    expect(() => authorise(remote, 'system:read')).toThrow(expect.objectContaining({ status: 401 }))
  })

  test('lets nobody do anything where tokens are demanded, but whoever has opened the store', () => {
    expect(() => demanding(local, 'system:read')).toThrow(refused(401, 'noToken'))
    expect(demanding({ address: inProcess, headers: {} }, 'token:manage')).toMatchObject({ role: 'admin' })
  })

  test('lets anyone ask what is public, with a wrong token too', () => {
    for (const caller of [remote, bearing('wrong')])
      expect(demanding(caller, 'public')).toEqual({ id: 'anyone', role: 'none', project: null })
  })
})

describe('openAccess() with a token', () => {
  test('knows its bearer from everywhere, at once from the second time on', async () => {
    const { text } = await store.make({ name: 'ci', role: 'operator' })
    const actor = { id: 'token:ci', role: 'operator', project: null }
    expect(await ask(bearing(text), 'run:write')).toEqual(actor)
    expect(authorise(bearing(text), 'run:write')).toEqual(actor)
    expect(authorise(bearing(text, local), 'run:write')).toEqual(actor)
    expect(authorise(basic(`anybody:${text}`), 'run:write')).toEqual(actor)
    expect(authorise({ ...remote, headers: { authorization: `bearer  ${text} ` } }, 'run:write')).toEqual(actor)
  })

  test.each([
    { of: { role: 'viewer' }, permission: 'run:read', why: 'its role holds it' },
    { of: { scopes: ['run:write'] }, permission: 'run:write', why: 'it has the scope' },
    { of: { role: 'viewer', scopes: ['run:write'] }, permission: 'run:write', why: 'a scope is added to the role' },
  ] as const)('grants $permission to $of: $why', async ({ of, permission }) => {
    const { text } = await store.make({ name: 'ci', ...of })
    expect(await ask(bearing(text, local), permission)).toMatchObject({ id: 'token:ci' })
  })

  test.each([
    { of: { role: 'viewer' }, permission: 'run:write', why: 'its role does not hold it' },
    { of: { scopes: ['run:write'] }, permission: 'run:read', why: 'a scope holds nothing else' },
    { of: { scopes: [] }, permission: 'system:read', why: 'it may do nothing' },
    { of: { role: 'operator' }, permission: 'token:manage', why: 'tokens are for admins' },
  ] as const)('refuses $permission to $of: $why', async ({ of, permission }) => {
    const { text } = await store.make({ name: 'ci', ...of })
    await expect(ask(bearing(text, local), permission)).rejects.toEqual(refused(403, 'notPermitted'))
  })

  test.each([
    ['text that is no token', () => 'hunter2'],
    ['nothing at all', () => ''],
    ['a token of an id that nobody has', (text: string) => text.replace(/mlr_.{8}/, 'mlr_00000000')],
    ['a token with another secret', (text: string) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0')],
    ['a token that was cut', (text: string) => text.slice(0, -1)],
    ['text without end', (text: string) => text.repeat(1000)],
    ['SQL', () => "mlr_' or 1=1 --_0"],
  ])('refuses %s, also from this machine', async (_, make) => {
    const { text } = await store.make({ name: 'ci', role: 'admin' })
    for (let times = 0; times < 2; times++)
      await expect(ask(bearing(make(text), local), 'run:read')).rejects.toEqual(refused(401, 'unknownToken'))
    await expect(
      ask({ ...local, headers: { ...local.headers, authorization: `Digest ${text}` } }, 'run:read'),
    ).rejects.toEqual(refused(401, 'unknownToken'))
  })

  test('refuses one that has expired, from that moment on', async () => {
    const atMs = store.clock.now() + 500
    const { text } = await store.make({ name: 'ci', role: 'viewer', expiresAtMs: atMs })
    await ask(bearing(text), 'run:read')
    store.clock.advanceTo(atMs - 1)
    expect(authorise(bearing(text), 'run:read')).toMatchObject({ id: 'token:ci' })
    store.clock.advanceTo(atMs)
    expect(() => authorise(bearing(text), 'run:read')).toThrow(refused(401, 'expiredToken'))
  })

  test('refuses one that another process revoked, within seconds', async () => {
    const { text, id } = await store.make({ name: 'ci', role: 'viewer' })
    await ask(bearing(text), 'run:read')
    await revokeToken(await store.openAgain(), { id, by: 'a test' })
    store.clock.advanceTo(store.clock.now() + 2000)
    await expect(ask(bearing(text), 'run:read')).rejects.toEqual(refused(401, 'revokedToken'))
  })

  test('that is bound to a project may ask for nothing that is held in none', async () => {
    const { text } = await store.make({ name: 'ci', role: 'viewer', project: 'team-a' })
    await expect(ask(bearing(text), 'system:read')).rejects.toEqual(refused(403, 'otherProject'))
    expect(await ask(bearing(text), 'system:read', { inProjects: true })).toMatchObject({ project: 'team-a' })
  })

  test('that is bound to the default project may, since that holds the systems', async () => {
    const { text } = await store.make({ name: 'ci', role: 'viewer', project: 'default' })
    expect(await ask(bearing(text), 'system:read')).toMatchObject({ project: 'default' })
  })

  test('is not looked at for a moment after many wrong ones, but where it was known before', async () => {
    const known = await store.make({ name: 'known', role: 'viewer' })
    const fresh = await store.make({ name: 'fresh', role: 'viewer' })
    await ask(bearing(known.text), 'run:read')
    const wrong = (k: number) => bearing(known.text.slice(0, -4) + k.toString(16).padStart(4, '0'))
    const codes = await Promise.all(
      Array.from({ length: 40 }, (_, k) => ask(wrong(k), 'run:read').catch((error: { code: string }) => error.code)),
    )
    expect(codes.filter((code) => code === 'governance/unknownToken')).toHaveLength(20)
    expect(codes.filter((code) => code === 'governance/tooManyAttempts')).toHaveLength(20)
    expect(authorise(bearing(known.text), 'run:read')).toMatchObject({ id: 'token:known' })
    await expect(ask(bearing(fresh.text), 'run:read')).rejects.toMatchObject({ status: 429, retry: true })
    // One that is known to be wrong costs nothing.
    expect(() => authorise(wrong(0), 'run:read')).toThrow(refused(401, 'unknownToken'))
    store.clock.advanceTo(store.clock.now() + 500)
    expect(await ask(bearing(fresh.text), 'run:read')).toMatchObject({ id: 'token:fresh' })
    expect(await ask(bearing(fresh.text), 'run:read')).toMatchObject({ id: 'token:fresh' })
  })

  test('is noted as used, to within some minutes', async () => {
    const { text } = await store.make({ name: 'ci', role: 'viewer' })
    const usedAt = async () => (await tokens(store.workspace))[0]?.lastUsedAtMs
    const first = store.clock.now()
    await ask(bearing(text), 'run:read')
    await expect.poll(usedAt).toBe(first)
    store.clock.advanceTo(first + 200_000)
    await ask(bearing(text), 'run:read')
    store.clock.advanceTo(first + 300_000)
    await ask(bearing(text), 'run:read')
    await expect.poll(usedAt).toBe(first + 300_000)
  })
})
