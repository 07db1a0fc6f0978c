import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { canonicalJson, openLake } from '#platform'
import { defineSystem } from '#system'
import { rehearse } from './rehearse.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'partitioned-rehearsal-'))
  const lake = await openLake({ folder: join(folder, 'lake'), threads: 1, memoryMb: 256 })
  await lake.run(
    `copy (select timestamp '2001-01-01' + interval (i * 5) minute as sent, 'shop ' || i % 4 as shop,
       hash(i) % 2000 / 1000.0 - 1 as load,
       ((load > 0) = (i % 2 = 0)) = (hash(i + 1000000) % 10 > 0) as late
     from range(22 * 288) as t(i)) to '${join(folder, 'orders.parquet')}'`,
  )
  lake.close()
})
afterAll(() => rm(folder, { recursive: true }))

const orders = defineSystem({
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
    target: 'late',
    time: 'sent',
    cost: { currency: 'USD', falseNegative: 10, falsePositive: 4, truePositive: 4 },
  },
  sources: { orders: { kind: 'parquet', path: 'orders.parquet', time: 'sent' } },
  dataset: { sql: 'select sent, shop, load, late from orders' },
  candidates: [{ kind: 'majority' }, { kind: 'logistic' }],
  evaluation: { split: { kind: 'time', holdout: '3d', window: '10d' } },
  release: { strategy: 'canary', steps: [0.5, 1], bake: '1d', minSamples: 50 },
  retrain: { every: '7d' },
  partitionBy: 'shop',
})

const report = (name: string) =>
  rehearse({ system: { spec: orders, baseFolder: folder, commit: null, dirty: false }, folder: join(folder, name) })

test('rehearse() of a partitioned system gives the same bytes twice, and less cost than doing nothing', async () => {
  const first = await report('first')
  expect(canonicalJson(await report('second'))).toBe(canonicalJson(first))
  expect(first.versions.length).toBeGreaterThan(1)
  const costOf = (arm: string) => first.arms.find(({ name }) => name === arm)?.total.costPer as number
  // One model for all would do nothing: no shop's orders tell of another's.
  expect(costOf('loop')).toBeLessThan(0.6 * costOf('nothing'))
}, 180_000)
