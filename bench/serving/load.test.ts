import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { latencies } from './latencies.ts'
import { closedLoop } from './load.ts'
import { openLoop } from './open-loop.ts'
import { cpuMicros } from './process-cpu.ts'

let stop: () => void = () => undefined
afterEach(() => stop())

test('latencies() takes the nearest rank: of 1 to 200 the 99th percentile is 198', () => {
  const values = Float64Array.from({ length: 200 }, (_, place) => 200 - place)
  expect(latencies(values)).toEqual({ p50: 100, p90: 180, p99: 198, max: 200 })
  expect(latencies(new Float64Array())).toEqual({ p50: NaN, p90: NaN, p99: NaN, max: NaN })
})

test('openLoop() sends every request that is due and keeps the statuses apart, from two processes too', async () => {
  const bodies = new Set<string>()
  let asked = 0
  const endpoint = await serve((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      bodies.add(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`)
      const isRefused = asked++ % 4 === 3
      const answer = (): unknown => response.writeHead(isRefused ? 503 : 200).end('answer')
      if (isRefused) answer()
      else setTimeout(answer, 40)
    })
  })
  const load = { body: '{"é":"\\"\n"}', perSecond: 200, seconds: 1, connections: 32, processes: 2 }
  const found = await openLoop(endpoint, load)
  expect([found.due, found.sent, found.unanswered, found.socketErrors]).toEqual([200, 200, 0, 0])
  expect([found.answers[200]?.count, found.answers[503]?.count]).toEqual([150, 50])
  expect(found.answers[200]?.fromSentMs.p50).toBeGreaterThanOrEqual(39)
  expect(found.answers[503]?.fromSentMs.p50).toBeLessThan(39)
  expect([...bodies]).toEqual(['POST /infer?a=1 application/json {"é":"\\"\n"}'])
})

test('openLoop() counts from when a request was due, and so what a busy server held back', async () => {
  const endpoint = await serve((_, response) => setTimeout(() => response.end('answer'), 20))
  // One connection answers 50 a second: of 100 a second, the last one due waits for half a second.
  const found = await openLoop(endpoint, { body: '', perSecond: 100, seconds: 1, connections: 1 })
  expect(found.answers[200]?.fromSentMs.p50).toBeLessThan(60)
  expect(found.answers[200]?.fromDueMs.max).toBeGreaterThan(900)
})

test.skipIf(!existsSync('/proc/self/stat'))(
  `openLoop() leaves the processor to a server that it waits for (skipped where there is no /proc)`,
  async () => {
    const endpoint = await serve((_, response) => setTimeout(() => response.end('answer'), 20))
    const before = await cpuMicros(process.pid)
    // It is behind its schedule from the first request to the last, for some four seconds.
    await openLoop(endpoint, { body: '', perSecond: 100, seconds: 2, connections: 1 })
    expect((await cpuMicros(process.pid)) - before).toBeLessThan(1_300_000)
  },
)

test('openLoop() counts connections that break and goes on with new ones', async () => {
  let asked = 0
  const endpoint = await serve((request, response) => {
    if (asked++ % 10 === 9) request.socket.destroy()
    else response.end('answer')
  })
  const found = await openLoop(endpoint, { body: '', perSecond: 100, seconds: 1, connections: 4 })
  expect([found.socketErrors, found.answers[200]?.count, found.unanswered]).toEqual([10, 90, 10])
})

const hasWrk = spawnSync('wrk', ['--version']).error === undefined

test.skipIf(!hasWrk)(
  `closedLoop() sends the very request and counts answers that refuse${hasWrk ? '' : ' (skipped: wrk is not installed)'}`,
  async () => {
    const bodies = new Set<string>()
    let asked = 0
    const endpoint = await serve((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (text: string) => (body += text))
      request.on('end', () => {
        bodies.add(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`)
        response.writeHead(asked++ % 2 ? 503 : 200).end('answer')
      })
    })
    const found = await closedLoop(endpoint, { body: '{"é":"\\"\n"}', connections: 4, seconds: 1 })
    if ('notRun' in found) throw new Error(found.notRun)
    expect([...bodies]).toEqual(['POST /infer?a=1 application/json {"é":"\\"\n"}'])
    expect(found.answered).toBeGreaterThan(100)
    expect(found.refused / found.answered).toBeCloseTo(0.5, 1)
    expect(found.socketErrors).toBe(0)
    expect(found.latencyMs.p50).toBeLessThanOrEqual(found.latencyMs.max)
  },
)

test.skipIf(!hasWrk)(
  `closedLoop() sends several bodies in turn${hasWrk ? '' : ' (skipped: wrk is not installed)'}`,
  async () => {
    const bodies: string[] = []
    const endpoint = await serve((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (text: string) => (body += text))
      request.on('end', () => {
        bodies.push(body)
        response.end('answer')
      })
    })
    await closedLoop(endpoint, { body: ['{"a":1}', '{"b":"é"}', '3'], connections: 1, seconds: 1 })
    expect(bodies.slice(0, 6).sort()).toEqual(['3', '3', '{"a":1}', '{"a":1}', '{"b":"é"}', '{"b":"é"}'])
  },
)

async function serve(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stop = () => {
    server.close()
    server.closeAllConnections()
  }
  const { port } = server.address() as AddressInfo
  return { port, path: '/infer?a=1', headers: { 'content-type': 'application/json' } }
}
