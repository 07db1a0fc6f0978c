import { roles, type Permission, type Role } from './schema.ts'

/** Whether a role may do something. Default deny: what no row of the table grants is refused. */
export function permits(role: Role, permission: Permission): boolean {
  return roles.slice(0, roles.indexOf(role) + 1).some((name) => granted[name].includes(permission))
}

/** What each role adds to the ones before it. */
const granted: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ['system:read', 'data:read', 'model:read', 'run:read', 'decision:read'],
  operator: [
    'prediction:make',
    'outcome:write',
    'data:pull',
    'run:start',
    'run:cancel',
    'run:write',
    'model:write',
    'release:decide',
  ],
  admin: ['system:apply', 'store:manage', 'token:manage'],
}
