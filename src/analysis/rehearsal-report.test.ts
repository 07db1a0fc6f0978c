import { describe, expect, test } from 'vitest'
import { condensed } from './condensed.ts'
import { grouped, percentChange, textTable } from './format.ts'
import {
  compareArms,
  judgeObjective,
  rehearsalPage,
  rehearsalText,
  relativeChange,
  type ArmReport,
  type RehearsalReport,
  type TimelineEvent,
} from './index.ts'

const day = 86_400_000
const originMs = Date.parse('2001-02-01')
const windows = (cost: number) =>
  Array.from({ length: 10 }, (_, place) => ({ startMs: originMs + place * day, rows: 100, cost }))
const arms = compareArms(
  [
    { name: 'nothing', about: 'no model', windows: windows(200) },
    { name: 'loop', about: 'the loop', windows: windows(150) },
  ],
  { originMs, per: 1000 },
) as readonly [ArmReport, ArmReport]

const event = (kind: TimelineEvent['kind'], ruling: string): TimelineEvent => ({
  atMs: originMs,
  kind,
  subject: 'x',
  ruling,
  evidence: { n: 1 },
})

const report: RehearsalReport = {
  system: 'late <orders>',
  specHash: 'abcdef0123456789',
  seed: 1,
  startMs: originMs,
  endMs: originMs + 10 * day,
  rows: 1000,
  currency: 'USD',
  per: 1000,
  unit: 'orders',
  objective: judgeObjective({ statement: 'Fewer late orders', metric: 'cost', target: -0.2 }, arms),
  findings: ['price between 0 and 9: 3 of 10 rows (warn)'],
  arms,
  windows: [
    {
      startMs: originMs,
      rows: 100,
      knownShare: 1,
      costPer: 1500,
      metrics: { auc: 0.7 },
      driftedShare: 0.5,
      drifted: [{ column: 'a', statistic: 0.3 }],
      predictionDrift: 0.1,
    },
  ],
  versions: [
    {
      id: 'v',
      number: 1,
      candidate: 'logistic',
      trainedAtMs: originMs,
      rows: 10,
      metrics: { auc: { value: 0.7, low: 0.6, high: 0.8 } },
      threshold: 0.5,
      outcome: 'promoted',
    },
  ],
  timeline: [event('release', 'version 1 started'), event('signal', 'a drifted'), event('signal', 'a drifted more')],
  variants: [{ setting: 'retrain.every=7d', costPer: 1400, trainings: 4, releases: 3, rollbacks: 1 }],
}

describe('compareArms()', () => {
  test('sums windows into weeks from the origin, and into a total', () => {
    expect(arms[0].weeks.map(({ startMs, rows, costPer }) => [(startMs - originMs) / day, rows, costPer])).toEqual([
      [0, 700, 2000],
      [7, 300, 2000],
    ])
    expect(arms[1].total).toEqual({ startMs: originMs, rows: 1000, cost: 1500, costPer: 1500 })
  })

  test('an arm without known rows has no cost per row', () => {
    expect(
      compareArms([{ name: 'loop', about: '', windows: [] }], { originMs, per: 1000 })[0]?.total.costPer,
    ).toBeNull()
  })
})

describe('judgeObjective()', () => {
  test.each([
    [-0.2, true],
    [-0.25, true],
    [-0.26, false],
    [0.1, false],
  ])('a target of %d against a fall of a quarter is met: %s', (target, met) => {
    expect(judgeObjective({ statement: '', metric: 'cost', target }, arms)).toMatchObject({ reached: -0.25, met })
  })

  test('is open where there is no money', () => {
    expect(judgeObjective({ statement: '', metric: 'cost', target: -0.1 }, []).met).toBeNull()
    expect(relativeChange(undefined, arms[0])).toBeNull()
  })
})

describe('rehearsalText()', () => {
  const text = rehearsalText(report)

  test('shows every arm by week, the verdict and the policies side by side', () => {
    expect(text).toMatch(/2001-02-01 +700 +2 000 +1 500/)
    expect(text).toContain('Objective met: cost −25.0 % against doing nothing, target −20.0 %')
    expect(text).toMatch(/retrain\.every=7d +1 400 +4 +3 +1/)
    expect(text).toContain('price between 0 and 9')
  })

  test('says signals that follow one another once, with their number', () => {
    expect(text).toContain('a drifted (and 1 more signal until the next event)')
    expect(condensed([event('signal', 'a'), event('release', 'b'), event('signal', 'c')])).toHaveLength(3)
  })
})

describe('rehearsalPage()', async () => {
  const page = await rehearsalPage(report)

  test('stands alone: charts are inside it, and nothing is fetched or run', () => {
    expect(page.match(/<svg/g)).toHaveLength(3)
    expect(page).not.toMatch(/<script|<link|src=|@import/)
  })

  test('shows names as text, whatever they hold', () => {
    expect(page).toContain('late &lt;orders&gt;')
    expect(page).not.toContain('<orders>')
  })

  test('the same report gives the same page', async () => expect(await rehearsalPage(report)).toBe(page))
})

describe('formats', () => {
  test('money is grouped, changes bear their sign', () => {
    expect([grouped(1234567), grouped(-0.5, 1), grouped(null)]).toEqual(['1 234 567', '−0.5', '–'])
    expect([percentChange(0.051), percentChange(-0.5), percentChange(null)]).toEqual(['+5.1 %', '−50.0 %', '–'])
  })

  test('columns line up', () => {
    expect(
      textTable(
        ['a', 'bb'],
        [
          ['x', '1'],
          ['yyy', '22'],
        ],
      )
        .split('\n')
        .map((line) => line.length),
    ).toEqual([7, 7, 7, 7])
  })
})
