import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { client, closeDoors, openEcho, textOf, texts } from '../fixtures/echo-door.ts'
import { rawClient, rawPost, rawRequest, type RawClient } from '../fixtures/raw-client.ts'

afterEach(closeDoors)

const answer = { status: 200, contentType: 'text/plain', body: 'at last' }
const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: here\r\n\r\n`

describe('a connection to the door', () => {
  test('carries requests that are answered fast and completely, in the order in which they came', async () => {
    const door = await openEcho()
    const one = await client(door)
    one.send(
      Buffer.concat([
        rawPost('/later', 'a'),
        rawPost('/now', 'b'),
        rawPost('/later', 'c'),
        rawPost('/elsewhere', 'd'),
        rawPost('/now', 'e'),
        Buffer.from(get('/x')),
      ]),
    )
    expect(await texts(one, 6)).toEqual([
      '200 fast a',
      '200 fast b',
      '200 fast c',
      '200 /elsewhere d',
      '200 /now e',
      '200 /x ',
    ])
    expect(door.fast).toEqual(['a', 'b', 'c'])
  })

  test('gives the same answers wherever its bytes are cut', async () => {
    const door = await openEcho()
    const bytes = Buffer.concat([rawPost('/later', 'ab'), rawPost('/now', 'c'), rawPost('/elsewhere', 'de')])
    const cuts = Array.from({ length: bytes.length - 1 }, (_, i) => i + 1)
    const ways = cuts.map(async (cut) => {
      const one = await client(door)
      one.send(bytes.subarray(0, cut))
      await wait(5)
      one.send(bytes.subarray(cut))
      return texts(one, 3)
    })
    for (const found of await Promise.all(ways))
      expect(found).toEqual(['200 fast ab', '200 fast c', '200 /elsewhere de'])
  })

  test('may come byte by byte', async () => {
    const one = await client(await openEcho())
    one.socket.setNoDelay(true)
    for (const byte of Buffer.concat([rawPost('/now', 'abc'), rawPost('/elsewhere', 'd')])) {
      one.send(Buffer.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await texts(one, 2)).toEqual(['200 fast abc', '200 /elsewhere d'])
  })

  test('may bring a body of many parts', async () => {
    const one = await client(await openEcho())
    const body = Buffer.alloc(1_000_000, 'x')
    const bytes = Buffer.concat([rawPost('/later', body), rawPost('/now', 'y')])
    for (let at = 0; at < bytes.length; at += 10_007) one.send(bytes.subarray(at, at + 10_007))
    const [large, small] = await one.answers(2)
    expect([large?.body.length, small && textOf(small)]).toEqual([1_000_005, '200 fast y'])
  })

  test('keeps of a request that has not come whole what other connections do not overwrite', async () => {
    const door = await openEcho()
    const [one, other] = [await client(door), await client(door)]
    const [mine, theirs] = [rawPost('/later', 'mine'.repeat(1000)), rawPost('/later', 'theirs'.repeat(1000))]
    for (const [from, to] of [
      [0, 10],
      [10, 100],
      [100, undefined],
    ] as const) {
      one.send(mine.subarray(from, to))
      other.send(theirs.subarray(from, to))
      await wait(20)
    }
    expect(await texts(one, 1)).toEqual([`200 fast ${'mine'.repeat(1000)}`])
    expect(await texts(other, 1)).toEqual([`200 fast ${'theirs'.repeat(1000)}`])
  })

  test.each([
    ['chunks', 'POST /now HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n'],
    ['folded spaces', 'POST /now HTTP/1.1\r\nHost: here\r\nX: a\r\nX: b\r\nContent-Length: 3\r\n\r\nabc'],
  ])("is the complete server's from a request with %s on", async (_, request) => {
    const door = await openEcho()
    const one = await client(door)
    one.send(rawPost('/now', '0'), request, rawPost('/now', '1'))
    expect(await texts(one, 3)).toEqual(['200 fast 0', '200 /now abc', '200 /now 1'])
    expect(door.fast).toEqual(['0'])
  })

  test('is given leave to send a body, and then answered', async () => {
    const one = await client(await openEcho())
    one.send('POST /now HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n')
    await once(one.socket, 'data')
    one.send('abc', rawPost('/now', 'd'))
    expect(await texts(one, 2)).toEqual(['200 /now abc', '200 /now d'])
  })

  test('is answered once more where it asks to close, and what it sends behind is not read', async () => {
    const door = await openEcho()
    for (const target of ['/now', '/later']) {
      const one = await client(door)
      one.send(
        Buffer.concat([
          rawPost(target, 'last', ['Connection: close']),
          rawPost('/now', 'too late'),
          rawPost('/x', 'too'),
        ]),
      )
      expect(await texts(one, 3)).toEqual(['200 fast last'])
      one.send(rawPost('/now', 'later still'))
      await one.rest()
    }
    expect(door.fast).toEqual(['last', 'last'])
  })

  test('may end its side behind the last request', async () => {
    const door = await openEcho()
    const one = await client(door)
    one.send(rawPost('/wait', 'a'), rawPost('/later', 'b'))
    one.socket.end()
    await vi.waitUntil(() => door.waiting.length > 0)
    await wait(20)
    door.waiting[0]?.(answer)
    expect(await texts(one, 3)).toEqual(['200 at last', '200 fast b'])
    await one.rest()
  })

  test.each([
    ['ends its side', (one: RawClient) => void one.socket.end()],
    ['is reset', (one: RawClient) => void one.socket.resetAndDestroy()],
  ])('that %s within a request asks nothing', async (_, leave) => {
    const door = await openEcho()
    for (const part of ['POST /now HT', rawPost('/now', 'abc').subarray(0, -1), get('/now').slice(0, -2)]) {
      const one = await client(door)
      one.send(part)
      await wait(20)
      leave(one)
      expect((await one.rest()).toString()).not.toContain('fast')
    }
    expect(door.fast).toEqual([])
    expect(textOf(await rawRequest(door.port, rawPost('/now', 'next')))).toBe('200 fast next')
  })

  test('that is reset before its answer harms nobody', async () => {
    const door = await openEcho()
    const one = await client(door)
    one.send(rawPost('/wait', 'a'), rawPost('/x', 'b'))
    await vi.waitUntil(() => door.waiting.length > 0)
    one.socket.resetAndDestroy()
    await wait(20)
    door.waiting[0]?.(answer)
    expect(textOf(await rawRequest(door.port, rawPost('/now', 'next')))).toBe('200 fast next')
  })

  test('that ended its side before a request for the complete server ends, as it would end there', async () => {
    const door = await openEcho()
    const one = await client(door)
    one.send(rawPost('/wait', 'a'), rawPost('/elsewhere', 'b'))
    one.socket.end()
    await vi.waitUntil(() => door.waiting.length > 0)
    await wait(20)
    door.waiting[0]?.(answer)
    expect((await texts(one, 2))[0]).toBe('200 at last')
    await one.rest()
    expect(textOf(await rawRequest(door.port, rawPost('/now', 'next')))).toBe('200 fast next')
  })

  test('that speaks another protocol than HTTP is told so at once', async () => {
    const one = await client(await openEcho())
    const tlsHello = Buffer.from('160301020001000001fc0303', 'hex')
    one.send(tlsHello)
    expect((await one.rest()).toString()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  })

  test('whose handler fails is answered so, and nothing of the inside', async () => {
    const one = await client(await openEcho())
    one.send(rawPost('/broken', ''), rawPost('/now', 'a'))
    const [broken] = await one.answers(1)
    expect(broken?.status).toBe(500)
    expect(broken?.body.toString()).not.toContain('hunter2')
    expect(textOf(await rawRequest(one.socket.remotePort as number, rawPost('/now', 'next')))).toBe('200 fast next')
  })

  test('that takes no answers is asked for no more requests', async () => {
    const door = await openEcho()
    const one = await client(door)
    one.socket.pause()
    for (let times = 0; times < 100; times++) one.send(rawPost('/large', ''))
    await wait(300)
    expect(door.fast.length).toBeLessThan(20)
    one.socket.resume()
    expect(await one.answers(100)).toHaveLength(100)
    expect(door.fast).toHaveLength(100)
  })
})

describe('time', () => {
  test.each([
    ['a head', 'POST /now HTTP/1.1\r\nHost: here\r\nX: '],
    ['a body', 'POST /now HTTP/1.1\r\nHost: here\r\nContent-Length: 1000\r\n\r\n'],
    ['a second head', `${rawPost('/now', 'a').toString()}POST /now HTTP/1.1\r\n`],
  ])('ends a connection that sends %s byte by byte', async (_, start) => {
    const door = await openEcho({ requestTimeoutMs: 200 })
    const one = await client(door)
    const fromMs = performance.now()
    one.send(start)
    const drip = setInterval(() => one.send('a'), 20)
    const rest = await one.rest()
    clearInterval(drip)
    expect(performance.now() - fromMs).toBeLessThan(1000)
    expect(rest.toString()).toMatch(/HTTP\/1\.1 408 Request Timeout\r\n(.*\r\n)*Connection: close\r\n/)
    expect(door.fast).toHaveLength(
      start.includes('a POST') || start.startsWith('POST /now HTTP/1.1\r\nHost: 127') ? 1 : 0,
    )
  })

  test('ends idle connections, and 1,000 of them harm nobody meanwhile', async () => {
    const door = await openEcho({ idleTimeoutMs: 400 })
    const idle = await Promise.all(Array.from({ length: 1000 }, () => client(door)))
    expect(textOf(await rawRequest(door.port, rawPost('/now', 'a')))).toBe('200 fast a')
    await Promise.all(idle.map((one) => one.rest()))
  })

  test('is given to an answer that takes long', async () => {
    const door = await openEcho({ requestTimeoutMs: 100, idleTimeoutMs: 100 })
    const one = await client(door)
    one.send(rawPost('/wait', 'a'))
    await wait(400)
    door.waiting[0]?.(answer)
    expect(await texts(one, 1)).toEqual(['200 at last'])
  })
})

describe('close()', () => {
  test('answers what is under way, then ends', async () => {
    const door = await openEcho()
    const [idle, busy, next, complete] = await Promise.all([client(door), client(door), client(door), client(door)])
    busy.send(rawPost('/wait', 'a'))
    next.send(rawPost('/wait', 'b'), rawPost('/now', 'c'))
    complete.send(get('/x'))
    await complete.answers(1)
    await vi.waitUntil(() => door.waiting.length === 2)
    let isClosed = false
    const closed = door.close().then(() => (isClosed = true))
    await Promise.all([idle.rest(), complete.rest()])
    expect(isClosed).toBe(false)
    for (const respond of door.waiting) respond(answer)
    const [last] = await busy.answers(1)
    expect([last && textOf(last), last?.headers['connection']]).toEqual(['200 at last', 'close'])
    expect(await texts(next, 2)).toEqual(['200 at last'])
    for (const one of [idle, busy, next, complete]) one.close()
    await closed
    await expect(rawClient(door.port)).rejects.toThrow('ECONNREFUSED')
  })

  test('lets connections bring a last request where it is given time', async () => {
    const door = await openEcho()
    const [fast, complete] = await Promise.all([client(door), client(door)])
    complete.send(get('/x'))
    await complete.answers(1)
    const closed = door.close({ drainMs: 300 })
    fast.send(rawPost('/now', 'a'))
    complete.send(get('/y'))
    for (const one of [fast, complete]) {
      const [last] = await one.answers(1)
      expect([last?.status, last?.headers['connection']]).toEqual([200, 'close'])
      await one.rest()
      one.close()
    }
    await closed
  })

  test('waits only so long for requests that do not come whole, and for clients that do not leave', async () => {
    const door = await openEcho({ closeTimeoutMs: 300 })
    const [head, body, chunks, stays] = await Promise.all([client(door), client(door), client(door), client(door)])
    head.send('POST /now HT')
    body.send(rawPost('/now', 'abc').subarray(0, -1))
    chunks.send('POST /x HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n')
    stays.send(rawPost('/wait', 'a'))
    await vi.waitUntil(() => door.waiting.length === 1)
    const closed = door.close()
    door.waiting[0]?.(answer)
    expect(await texts(stays, 1)).toEqual(['200 at last'])
    const fromMs = performance.now()
    await closed
    expect(performance.now() - fromMs).toBeLessThan(2000)
  })
})
