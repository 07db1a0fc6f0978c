import { describe, expect, test } from 'vitest'
import { isPrivateAddress, isPrivateHost } from './outside-address.ts'
import { postOutside } from './post-outside.ts'

describe('isPrivateAddress()', () => {
  test.each([
    ['this machine', '127.0.0.1'],
    ['this machine by another number', '127.255.0.9'],
    ['no address', '0.0.0.0'],
    ['a private network', '10.1.2.3'],
    ['another', '172.31.255.255'],
    ['a third', '192.168.0.1'],
    ['a network of a provider', '100.64.0.1'],
    ['the metadata of a cloud', '169.254.169.254'],
    ['many at once', '239.1.1.1'],
    ['everybody', '255.255.255.255'],
    ['this machine by IPv6', '::1'],
    ['no address by IPv6', '::'],
    ['a private network by IPv6', 'fd00::1'],
    ['a link by IPv6', 'fe80::1'],
    ['this machine within IPv6', '::ffff:127.0.0.1'],
    ['a public address within IPv6', '::ffff:8.8.8.8'],
    ['an address within 6to4', '2002:7f00:1::'],
    ['an address behind NAT64', '64:ff9b::7f00:1'],
    ['a tunnel', '2001:0:7f00:1::'],
    ['a document', '2001:db8::1'],
    ['what is no address', 'example.com'],
  ])('holds for %s', (_, address) => expect(isPrivateAddress(address)).toBe(true))

  test.each(['8.8.8.8', '172.15.0.1', '172.32.0.1', '192.167.1.1', '100.128.0.1', '2606:4700::1111'])(
    'does not hold for %s',
    (address) => expect(isPrivateAddress(address)).toBe(false),
  )
})

test.each([
  ['localhost', true],
  ['LOCALHOST.', true],
  ['db.internal', true],
  ['printer.local', true],
  ['[::1]', true],
  ['internal.example.com', false],
  ['localhost.example.com', false],
  ['8.8.8.8', false],
])('isPrivateHost() of %s is %s', (host, wanted) => expect(isPrivateHost(host)).toBe(wanted))

describe('postOutside()', () => {
  const to = (url: string) => postOutside(url, { headers: {}, body: '', timeoutMs: 2000, allowPrivate: false })

  test.each([
    ['an address', 'http://127.0.0.1:9/'],
    ['an address as one number', 'http://2130706433:9/'],
    ['an address in other digits', 'http://0x7f.1:9/'],
    ['an address of IPv6', 'http://[::1]:9/'],
    ['a name', 'http://localhost:9/'],
    ['a name that leads there', 'http://localhost.localdomain.:9/'],
  ])('sends nothing to this machine by %s', async (_, url) => {
    const failure = await to(url).catch((error: unknown) => error as { code: string })
    // A name that this machine does not know leads nowhere.
    expect(['http/addressRefused', 'ENOTFOUND', 'EAI_AGAIN']).toContain((failure as { code: string }).code)
  })
})
