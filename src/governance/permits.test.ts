import { expect, test } from 'vitest'
import { permits } from './permits.ts'
import { permissions, roles, type Permission, type Role } from './schema.ts'

test.each<[Role, Permission, boolean, string]>([
  ['viewer', 'decision:read', true, 'anyone may read why'],
  ['viewer', 'prediction:make', false, 'a prediction is logged and paid for'],
  ['operator', 'release:decide', true, 'releases are the work of operators'],
  ['operator', 'system:apply', false, 'the system file is the law of the loop'],
  ['operator', 'token:manage', false, 'who makes tokens can make one for everything'],
  ['admin', 'store:manage', true, 'admins hold every right'],
])('permits(%s, %s) is %s: %s', (role, permission, allowed) => {
  expect(permits(role, permission)).toBe(allowed)
})

test('permits() never takes a right away from a higher role', () => {
  for (const permission of permissions) {
    const allowed = roles.map((role) => permits(role, permission))
    expect(allowed).toEqual([...allowed].sort((a, b) => Number(a) - Number(b)))
    expect(allowed.at(-1)).toBe(true)
  }
})

test('permits() denies a permission and a role that do not exist', () => {
  expect(permits('admin', 'world:end' as Permission)).toBe(false)
  expect(permits('nobody' as Role, 'system:read')).toBe(false)
})
