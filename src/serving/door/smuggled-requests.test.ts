import { afterEach, describe, expect, test } from 'vitest'
import { client, closeDoors, openEcho, textOf, texts } from '../fixtures/echo-door.ts'
import { rawPost, rawRequest } from '../fixtures/raw-client.ts'

afterEach(closeDoors)

describe('requests that could mean two things go to the complete server, which refuses them', () => {
  const smuggled = rawPost('/now', 'smuggled').toString()
  test.each([
    ['Transfer-Encoding beside Content-Length', 'Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n'],
    ['Content-Length beside Transfer-Encoding', 'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['an unknown Transfer-Encoding', 'Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n'],
    ['two Content-Lengths that differ', 'Content-Length: 0\r\nContent-Length: 5\r\n\r\n'],
    ['a signed Content-Length', 'Content-Length: +0\r\n\r\n'],
    ['a Content-Length with a space within', 'Content-Length: 0 0\r\n\r\n'],
    ['a list of Content-Lengths', 'Content-Length: 0, 0\r\n\r\n'],
    ['a hexadecimal Content-Length', 'Content-Length: 0x0\r\n\r\n'],
    ['a Content-Length without bound', `Content-Length: ${'9'.repeat(40)}\r\n\r\n`],
    ['a space before the colon', 'Content-Length : 0\r\n\r\n'],
    ['a folded line', 'X: a\r\n Content-Length: 0\r\n\r\n'],
    ['a folded first line', ' X: a\r\n\r\n'],
    ['a bare line feed', 'X: a\nContent-Length: 0\r\n\r\n'],
    ['a head of bare line feeds', 'X: a\n\n'],
    ['a bare carriage return', 'X: a\rContent-Length: 0\r\n\r\n'],
    ['NUL in a name', 'X\0: a\r\n\r\n'],
    ['NUL in a value', 'X: a\0b\r\n\r\n'],
    ['a header without a name', ': a\r\n\r\n'],
    ['a value of 20,000 bytes', `X: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['5,000 headers', `${'X: a\r\n'.repeat(5000)}\r\n`],
    ['a head that never ends', 'X: a\r\n'.repeat(5000)],
  ])('%s', async (_, headers) => {
    const door = await openEcho()
    const one = await client(door)
    one.send(`POST /now HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}`, smuggled)
    const [first, ...more] = await one.answers(2)
    expect(first?.status).toBeGreaterThanOrEqual(400)
    expect(first?.status).toBeLessThan(500)
    expect([more, door.fast]).toEqual([[], []])
  })

  test.each([
    ['no host', 'POST /now HTTP/1.1\r\nContent-Length: 0\r\n\r\n', 400],
    ['no target', 'POST HTTP/1.1\r\nHost: here\r\n\r\n', 400],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400],
    ['a target of NUL', 'POST /\0 HTTP/1.1\r\nHost: here\r\n\r\n', 400],
    ['HTTP/2 with prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ])('%s', async (_, request, status) => {
    const door = await openEcho()
    expect((await rawRequest(door.port, request)).status).toBe(status)
    expect(door.fast).toEqual([])
  })

  test('HTTP/1.0 and targets with a host are read by it alone', async () => {
    const door = await openEcho()
    const old = await client(door)
    old.send('POST /now HTTP/1.0\r\nHost: here\r\nContent-Length: 1\r\n\r\na')
    expect((await old.rest()).toString()).toMatch(/^HTTP\/1\.1 200 [^]*\/now a$/)
    const absolute = await client(door)
    absolute.send('POST http://there/now HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\n\r\na')
    expect(await texts(absolute, 1)).toEqual(['200 http://there/now a'])
    expect(door.fast).toEqual([])
  })

  test('a body beyond the limit is not taken at the door', async () => {
    const door = await openEcho({ maxBodyBytes: 10 })
    expect(textOf(await rawRequest(door.port, rawPost('/now', '0123456789')))).toBe('200 fast 0123456789')
    expect(textOf(await rawRequest(door.port, rawPost('/now', '0123456789a')))).toBe('200 /now 0123456789a')
  })
})
