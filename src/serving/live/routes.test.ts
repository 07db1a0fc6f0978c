import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServedRoutes, type ServedRoutes } from '../fixtures/served-routes.ts'
import { applyFlights, flightInput, registerFlights, releaseFlights } from '../fixtures/served-system.ts'

let served: ServedRoutes
beforeAll(async () => {
  served = await openServedRoutes(async (workspace) => {
    const dataset = await applyFlights(workspace, flightInput('flights'))
    await releaseFlights(workspace, await registerFlights(workspace, dataset, { runId: 'r1' }))
    await applyFlights(workspace, flightInput('unreleased'))
  })
})
afterAll(() => served.close())

const predict = async (body: unknown, system = 'flights') => {
  const answer = await fetch(`${served.url}/api/v1/systems/${system}/predict`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
const row = { date: '2001-02-01T00:00:00Z', origin: 'JFK', distance: 1000 }

describe('POST /api/v1/systems/{name}/predict', () => {
  test('answers one row with one prediction', async () => {
    expect(await predict(row)).toEqual({
      status: 200,
      body: {
        id: expect.stringMatching(/^prediction_/),
        version: 1,
        versionId: expect.stringMatching(/^version_/),
        arm: 'champion',
        label: 'false',
        probability: 0.5,
        decision: 'true',
        threshold: 0.4,
      },
    })
  })

  test('answers many rows with as many predictions, in their order', async () => {
    const { status, body } = await predict({ rows: [{ ...row, distance: 5000 }, row], requestId: 'mine' })
    expect([status, body]).toMatchObject([200, { predictions: [{ label: 'true' }, { label: 'false' }], notes: [] }])
  })

  test.each([
    { body: { rows: [] }, status: 422, code: 'serving/noRows', why: 'no rows' },
    { body: [row], status: 422, code: 'http/invalidRequest', why: 'a bare list' },
    {
      body: { rows: [{ ...row, distance: [1] }] },
      status: 422,
      code: 'http/invalidRequest',
      why: 'a value that is a list',
    },
    { body: { ...row, distance: 'far' }, status: 422, code: 'dataset/wrongFieldType', why: 'a wrong type' },
    { body: { ...row, altitude: 1 }, status: 422, code: 'dataset/unknownField', why: 'an unknown column' },
    { body: {}, status: 422, code: 'dataset/missingField', why: 'an empty row' },
  ])('answers $status $code to $why', async ({ body, status, code }) => {
    expect(await predict(body)).toMatchObject({ status, body: { code, remedy: expect.any(String) } })
  })

  test.each([
    { system: 'nothing', status: 404, code: 'system/unknownSystem' },
    { system: 'unreleased', status: 409, code: 'deployment/nothingReleased' },
  ])('answers $status $code for the system $system', async ({ system, status, code }) => {
    expect(await predict(row, system)).toMatchObject({ status, body: { code } })
  })
})

test('GET /api/v1/systems/{name}/inputs names the columns that a request may and must hold, and the classes of the answers', async () => {
  const answer = await fetch(`${served.url}/api/v1/systems/flights/inputs`)
  expect(await answer.json()).toEqual({
    version: 1,
    task: 'binary',
    classes: ['false', 'true'],
    fields: expect.arrayContaining([
      { name: 'distance', type: 'numeric', required: true },
      { name: 'origin', type: 'categorical', required: true },
    ]),
  })
})
