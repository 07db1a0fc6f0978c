import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openArtifactCaller, type ArtifactCaller } from '../fixtures/artifact-caller.ts'

let caller: ArtifactCaller
beforeAll(async () => {
  caller = await openArtifactCaller()
})
afterAll(() => caller.close())

describe('openArtifactProtocols()', () => {
  test.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=4-', 206, '456789', 'bytes 4-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-30', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=8-100', 206, '89', 'bytes 8-9/10'],
    ['bytes=9-9', 206, '9', 'bytes 9-9/10'],
    ['bytes=10-', 416, '{}', 'bytes */10'],
    ['bytes=-0', 416, '{}', 'bytes */10'],
    ['bytes=5-2', 200, '0123456789', undefined],
    ['bytes=0-1,3-4', 200, '0123456789', undefined],
    ['lines=0-1', 200, '0123456789', undefined],
  ])('answers the range %s with %i', async (range, status, body, contentRange) => {
    await caller.put('8/r/digits', '0123456789')
    const answer = await caller.ask('GET', '/8/r/digits', { headers: { range } })
    expect([answer.status, answer.bytes.toString(), answer.headers['content-range']]).toEqual([
      status,
      body,
      contentRange,
    ])
    expect(answer.headers['content-length']).toBe(String(body.length))
  })

  test('answers all to whoever has a part of other bytes, and nothing to whoever has them all', async () => {
    await caller.put('8/r/tagged', '0123456789')
    const { headers } = await caller.ask('GET', '/8/r/tagged')
    const etag = headers.etag as string
    const range = 'bytes=0-1'
    expect((await caller.ask('GET', '/8/r/tagged', { headers: { range, 'if-range': etag } })).status).toBe(206)
    expect((await caller.ask('GET', '/8/r/tagged', { headers: { range, 'if-range': '"other"' } })).status).toBe(200)
    expect((await caller.ask('GET', '/8/r/tagged', { headers: { 'if-none-match': `"x", ${etag}` } })).status).toBe(304)
    const head = await caller.ask('HEAD', '/8/r/tagged')
    expect([head.status, head.headers['content-length'], head.bytes.length]).toEqual([200, '10', 0])
  })
})
