import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { canonicalJson, openLake, readConfig } from '#platform'
import { command, defineSystem, type SystemSpec } from '#system'
import { programSettings } from '#training'
import { rehearse } from './rehearse.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'program-rehearsal-'))
  const lake = await openLake({ folder: join(folder, 'lake'), threads: 1, memoryMb: 256 })
  await lake.run(
    `copy (select timestamp '2001-01-01' + interval (i * 20) minute as sent, ['air', 'road', 'ship'][i % 3 + 1] as way,
       i % 3 = 2 and hash(i) % 10 > 0 as late
     from range(12 * 72) as t(i)) to '${join(folder, 'orders.parquet')}'`,
  )
  lake.close()
})
afterAll(() => rm(folder, { recursive: true }))

const trainer = fileURLToPath(new URL('../training/program/fixtures/trainer.ts', import.meta.url))

const orders = (rehearses: boolean): SystemSpec =>
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
      target: 'late',
      time: 'sent',
      cost: { currency: 'USD', falseNegative: 10, falsePositive: 4, truePositive: 4 },
    },
    sources: { orders: { kind: 'parquet', path: 'orders.parquet', time: 'sent' } },
    dataset: { sql: 'select sent, way, late from orders' },
    candidates: [
      { kind: 'majority' },
      command([process.execPath, '--disable-warning=ExperimentalWarning', '--conditions=source', trainer], {
        name: 'own',
        rehearse: rehearses,
      }),
    ],
    evaluation: {
      split: { kind: 'time', holdout: '3d', window: '6d' },
      gates: rehearses ? [] : [{ kind: 'beats', what: 'own' }],
    },
    retrain: { every: 'never' },
  })

const report = (name: string, spec: SystemSpec) =>
  rehearse({
    system: { spec, baseFolder: folder, commit: null, dirty: false },
    folder: join(folder, name),
    programs: programSettings(readConfig(), join(folder, 'store')),
  })

test('rehearse() trains by programs on the virtual clock, and gives the same bytes twice', async () => {
  const first = await report('first', orders(true))
  expect(canonicalJson(await report('second', orders(true)))).toBe(canonicalJson(first))
  expect(first.versions).toMatchObject([{ candidate: 'own' }])
  const costOf = (arm: string) => first.arms.find(({ name }) => name === arm)?.total.costPer as number
  expect(costOf('loop')).toBeLessThan(0.6 * costOf('nothing'))
  expect(await readdir(join(folder, 'first/main/trainers/work'))).toEqual([])
})

test('rehearse() leaves out a candidate whose program is not to train in rehearsals, with the gates that name it', async () => {
  const { versions, findings } = await report('without', orders(false))
  expect(versions).toMatchObject([{ candidate: 'majority' }])
  expect(findings).toContain("Candidate 'own' is left out: its program does not train in rehearsals")
})
