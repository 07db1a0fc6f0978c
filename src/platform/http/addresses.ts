import type { FastifyInstance } from 'fastify'
import type { Address, ProtocolAddresses } from './protocol.ts'

/**
 * Keeps the list of everything that a server answers, as routes are added to it: a path that ends in `/*` gives way to
 * what its protocol says is below it, and stands for itself where that is nothing.
 */
export function keepAddresses(app: FastifyInstance, protocols: readonly ProtocolAddresses[]): readonly Address[] {
  const kept: Address[] = []
  app.addHook('onRoute', ({ method, url }) => {
    const below = protocols.find(({ paths }) => paths.includes(url))?.addresses
    const root = url.slice(0, -1)
    if (!url.endsWith('/*') || !below?.some(({ target }) => target.startsWith(root)))
      for (const one of [method].flat()) kept.push({ method: one, target: url })
  })
  for (const { addresses = [] } of protocols) kept.push(...addresses)
  return kept
}
