import { describe, expect, test } from 'vitest'
import { inProcess, loopbackOnly, type Caller } from './authorise.ts'

const caller = (address: string, headers: Caller['headers'] = { host: 'localhost:7717' }): Caller => ({
  address,
  headers,
})

describe('loopbackOnly()', () => {
  test.each([
    { address: '127.0.0.1', host: '127.0.0.1:7717', why: 'IPv4 loopback' },
    { address: inProcess, host: 'anything', why: 'a call without a connection' },
    { address: '127.8.0.3', host: 'localhost', why: 'all of 127.0.0.0/8 is this machine' },
    { address: '::1', host: '[::1]:7717', why: 'IPv6 loopback' },
    { address: '::ffff:127.0.0.1', host: 'LOCALHOST:80', why: 'IPv4 as a dual-stack socket shows it' },
  ])('lets $address in as local admin: $why', ({ address, host }) => {
    expect(loopbackOnly(caller(address, { host }), 'anything')).toEqual({ id: 'local', role: 'admin', project: null })
  })

  test.each([
    { of: caller('127.0.0.1', { host: 'rebound.example' }), why: 'a name rebound to this machine' },
    { of: caller('127.0.0.1', { host: '127.0.0.1.evil.example' }), why: 'a host that only looks like loopback' },
    { of: caller('127.0.0.1', {}), why: 'no host at all' },
    { of: caller('127.0.0.1', { host: 'localhost', 'x-forwarded-for': '8.8.8.8' }), why: 'passed on by a proxy' },
  ])('refuses $why', ({ of }) => {
    expect(() => loopbackOnly(of, 'anything')).toThrow(expect.objectContaining({ code: 'http/refused', status: 403 }))
  })

  test.each([
    { of: caller('192.168.1.7'), why: 'another machine' },
    { of: caller('127.0.0.1.evil.example'), why: 'a name that only looks like loopback' },
  ])('asks $why for a token', ({ of }) => {
    expect(() => loopbackOnly(of, 'anything')).toThrow(expect.objectContaining({ code: 'http/elsewhere', status: 401 }))
  })

  test('lets anyone ask what is public', () => {
    expect(loopbackOnly(caller('192.168.1.7'), 'public')).toEqual({ id: 'anyone', role: 'none', project: null })
  })
})
