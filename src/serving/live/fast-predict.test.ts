import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHttpServer, loopbackOnly, readConfig, systemClock, systemIds, type Workspace } from '#platform'
import { rawPost, rawRequest, type RawAnswer } from '../fixtures/raw-client.ts'
import {
  applyFlights,
  flightInput,
  openServingWorkspace,
  registerFlights,
  releaseFlights,
} from '../fixtures/served-system.ts'
import { openServingUnit, type ServingListening, type ServingUnit } from '../open-unit.ts'

let folder: string
let workspace: Workspace
let unit: ServingUnit
let server: FastifyInstance
let listening: ServingListening

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-fast-'))
  workspace = await openServingWorkspace(folder, { clock: systemClock, ids: systemIds(systemClock) })
  const dataset = await applyFlights(workspace, flightInput('flights'))
  await releaseFlights(workspace, await registerFlights(workspace, dataset, { runId: 'r1' }))
  const config = readConfig({ MILLRACE_BODY_LIMIT_MB: '1' })
  unit = await openServingUnit(workspace, { config, version: '0' })
  server = await createHttpServer({ workspace, routes: unit.routes, config, authorise: loopbackOnly })
  listening = await unit.listen({ host: '127.0.0.1', port: 0, server, authorise: loopbackOnly })
})
afterAll(async () => {
  await listening.close()
  await server.close()
  await unit.close()
  await workspace.close()
  await rm(folder, { recursive: true })
})

const target = '/api/v1/systems/flights/predict'
const send = (body: string | Buffer, { path = target, headers = ['Content-Type: application/json'] } = {}) =>
  rawRequest(listening.port, rawPost(path, body, headers))

/** What an answer says, without names that are new each time. */
const said = ({ status, headers, body }: RawAnswer) => ({
  status,
  type: headers['content-type'],
  body: body
    .toString()
    .replaceAll(/"id":"[^"]*"/g, '"id":"…"')
    .replaceAll(/"requestId":"req_[^"]*"/g, '"requestId":"…"'),
})

describe('fastPredict()', () => {
  test.each([
    ['a row', '{"origin":"JFK","distance":1200,"date":"2001-02-03"}'],
    ['a row with what is not known', '{"origin":"JFK","distance":null,"date":"2001-02-03","more":"x"}'],
    [
      'rows',
      '{"rows":[{"origin":"JFK","distance":1200,"date":"2001-02-03"},{"origin":"LAX","distance":1,"date":"2001-02-03"}]}',
    ],
    ['rows of a named request', '{"requestId":"r","rows":[{"origin":"JFK","distance":1200,"date":"2001-02-03"}]}'],
    ['no rows', '{"rows":[]}'],
    ['nothing', ''],
    ['an empty row', '{}'],
    ['a list', '[{"origin":"JFK"}]'],
    ['text', '"JFK"'],
    ['JSON that ends early', '{"origin":"JFK"'],
    ['a column that is a list', '{"origin":["JFK"],"distance":1200,"date":"2001-02-03"}'],
    ['a column that is an object', '{"origin":{"a":1},"distance":1200}'],
    ['a number that is infinite', '{"origin":"JFK","distance":1e999,"date":"2001-02-03"}'],
    [
      'a number that is infinite in one of the rows',
      '{"rows":[{"origin":"JFK","distance":-1e999,"date":"2001-02-03"}]}',
    ],
    ['a column that is text where a number belongs', '{"origin":"JFK","distance":"far","date":"2001-02-03"}'],
    ['rows that are not objects', '{"rows":[1]}'],
    ['rows that are text', '{"rows":"many"}'],
    ['rows beside something else', '{"rows":[{"origin":"JFK"}],"explain":true}'],
    ['a request with an empty name', '{"requestId":"","rows":[{"origin":"JFK"}]}'],
    ['a request whose name is a number', '{"requestId":7,"rows":[{"origin":"JFK"}]}'],
    ['a column named like a prototype', '{"__proto__":{"distance":1},"origin":"JFK"}'],
    ['the same in one of the rows', '{"rows":[{"__proto__":null,"origin":"JFK"}]}'],
    ['a column named constructor', '{"constructor":"x","origin":"JFK","distance":1,"date":"2001-02-03"}'],
    ['the same column twice', '{"origin":"JFK","distance":1,"distance":2000,"date":"2001-02-03"}'],
    ['a mark of byte order', '\uFEFF{"origin":"JFK","distance":1,"date":"2001-02-03"}'],
    ['100,000 brackets', `{"origin":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['100,000 objects', '{"rows":'.repeat(100_000)],
  ])('answers %s as the complete server does', async (_, body) => {
    const [fast, complete] = await Promise.all([
      send(body),
      // A header that stands twice is not for the fast door.
      send(body, { headers: ['Content-Type: application/json', 'X: 1', 'X: 2'] }),
    ])
    expect(said(fast)).toEqual(said(complete))
  })

  test('answers bytes that are no UTF-8 as the complete server does', async () => {
    const body = Buffer.from('{"origin":"\xff","distance":1,"date":"2001-02-03"}', 'latin1')
    const [fast, complete] = await Promise.all([
      send(body),
      send(body, { headers: ['Content-Type: application/json', 'X: 1', 'X: 2'] }),
    ])
    expect(said(fast)).toEqual(said(complete))
  })

  test.each([
    ['another content type', { headers: ['Content-Type: text/plain'] }, 415],
    ['no content type', { headers: [] }, 415],
    ['an unknown system', { path: '/api/v1/systems/nobody/predict' }, 404],
    ['a name that is none', { path: '/api/v1/systems/..%2Fflights/predict' }, 404],
    ['a proxy', { headers: ['Content-Type: application/json', 'X-Forwarded-For: 10.0.0.1'] }, 403],
  ])('refuses %s', async (_, options, status) => {
    const answer = await send('{"origin":"JFK","distance":1,"date":"2001-02-03"}', options)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.body.toString())).toMatchObject({ status, code: expect.stringContaining('/') })
  })
})
