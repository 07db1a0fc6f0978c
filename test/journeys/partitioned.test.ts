import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quoteText } from '#platform'
import { defineSystem } from '#system'
import { openJourney, type Journey, type Turn } from './fixtures/open-journey.ts'

const customers = 300
const rowsEach = 120

/** More segments than models stay open at a time. */
describe('a system with one model for each of 300 customers, over the API', () => {
  let journey: Journey
  let turn: Turn
  beforeAll(async () => {
    journey = await openJourney()
    await journey.app.workspace.lake.run(
      `copy (select timestamp '2001-01-01' + interval (i * 48) second as sent, 'customer ' || i % ${customers} as customer,
         hash(i) % 2000 / 1000.0 - 1 as load, ((load > 0) = (i % 2 = 0)) = (hash(i + 1000000) % 20 > 0) as late
       from range(${customers * rowsEach}) as t(i)) to ${quoteText(join(journey.folder, 'orders.parquet'))}`,
    )
    await journey.apply(
      defineSystem({
        name: 'orders',
        objective: {
          statement: 'Fewer orders are waited for in vain',
          owner: 'post',
          metric: 'cost of waiting',
          unit: 'USD per 1000 orders',
          direction: 'down',
          target: -0.1,
          by: '2001-12-31',
        },
        framing: {
          task: 'binary',
          entity: ['customer'],
          target: 'late',
          time: 'sent',
          cost: { currency: 'USD', falseNegative: 10, falsePositive: 10 },
        },
        sources: { orders: { kind: 'parquet', path: 'orders.parquet', time: 'sent' } },
        dataset: { sql: 'select sent, customer, load, late from orders' },
        candidates: [{ kind: 'logistic' }],
        evaluation: {
          split: { kind: 'time', holdout: '4d' },
          gates: [{ kind: 'at-most', metric: 'expected-cost', value: 2000 }],
        },
        partition: { by: 'customer', minRows: 60 },
      }),
    )
    turn = await journey.turn('orders')
  }, 120_000)
  afterAll(() => journey.close())

  test('trains them all in one turn, and releases them as one version', () => {
    expect(turn).toMatchObject({
      state: 'done',
      error: null,
      output: { chosen: 'logistic', versionNumber: 1, passed: true },
    })
  })

  test('answers each customer by its own model, in one request or in many', async () => {
    const row = (place: number, load: number) => ({
      sent: '2001-01-21T00:00:00Z',
      customer: `customer ${place}`,
      load,
    })
    const ask = async (rows: readonly object[]) => {
      const { body } = await journey.call<{ predictions: { decision: string; probability: number }[] }>(
        'POST',
        '/systems/orders/predict',
        { rows },
      )
      return body.predictions
    }
    const places = Array.from({ length: customers }, (_, place) => place)
    const all = await ask(places.map((place) => row(place, 0.9)))
    const right = all.filter(({ decision }, place) => decision === String(place % 2 === 0))
    expect(right.length).toBeGreaterThanOrEqual(0.98 * customers)
    for (const place of [0, 150, 299, 1])
      expect(await ask([row(place, 0.9)])).toMatchObject([
        { decision: all[place]?.decision, probability: all[place]?.probability },
      ])
  })

  test('says in its status how many segments and rows it is made of', async () => {
    const { body } = await journey.call<{ champion: { partition: { segments: number; rows: number } } }>(
      'GET',
      '/systems/orders',
    )
    expect(body.champion.partition).toMatchObject({ by: 'customer' })
    const { segments, rows } = body.champion.partition
    expect(segments).toBeGreaterThanOrEqual(0.98 * customers)
    expect(rows).toBe(segments * (rowsEach - 24))
  })
})
