import { createRequire, findPackageJSON } from 'node:module'
import { availableParallelism, hostname } from 'node:os'
import type { Environment } from './schema.ts'

/** The machine and programs of this process. */
export function currentEnvironment(): Environment {
  return {
    node: process.versions.node,
    millrace: ownVersion(),
    onnxruntime: versionOf('onnxruntime-node/package.json'),
    platform: `${process.platform}-${process.arch}`,
    cores: availableParallelism(),
  }
}

/** This process, among those that share the store. */
export const currentOwner = (): string => `${hostname()}/${process.pid}`

/** Whether the process behind an owner may still work: it is another one, on this machine, and alive. */
export function mayBeAlive(owner: string): boolean {
  const place = owner.lastIndexOf('/')
  const pid = Number(owner.slice(place + 1))
  if (owner.slice(0, place) !== hostname() || pid === process.pid || !Number.isInteger(pid) || pid < 1) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The package that this file belongs to, built or not. */
const ownVersion = (): string => versionOf(findPackageJSON('.', import.meta.url) as string)

const versionOf = (name: string): string => (createRequire(import.meta.url)(name) as { version: string }).version
