import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { fail } from './failures.ts'

/**
 * Whether an address is of this machine, of a private network, or of none: what a caller names must not lead there, where it
 * may reach what is not for it.
 * @see IANA special-purpose address registries; addresses of IPv6 are public in 2000::/3 alone
 */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return privateBlocks.check(address)
  return family !== 6 || !publicBlocks.check(address, 'ipv6') || privateBlocks.check(address, 'ipv6')
}

/** Whether the host of an address is, or is called, a private one. Any other name may still lead to one. */
export function isPrivateHost(host: string): boolean {
  const plain = host.replace(/^\[|\]$/g, '')
  return isIP(plain) === 0 ? /(?:^|\.)(?:localhost|local|internal)\.?$/i.test(plain) : isPrivateAddress(plain)
}

/** Finds the addresses of a name where all are public: asked when a connection is made, so that no answer comes after it. */
export const lookupPublic: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    if (error) {
      done(error, '', 0)
      return
    }
    const [first] = found
    if (!first || found.some(({ address }) => isPrivateAddress(address)))
      done(fail('addressRefused', `Cannot send to '${host}': its address is not a public one`), '', 0)
    else if (options.all) done(null, found)
    else done(null, first.address, first.family)
  })
}

const privateBlocks = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  privateBlocks.addSubnet(net, prefix, 'ipv4')
// Of 2000::/3: of protocols, for documents, and those that hold an address of IPv4.
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  privateBlocks.addSubnet(net, prefix, 'ipv6')
const publicBlocks = new BlockList()
publicBlocks.addSubnet('2000::', 3, 'ipv6')
