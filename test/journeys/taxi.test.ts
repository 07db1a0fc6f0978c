import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decisions } from '#governance'
import { pull } from '#ingress'
import { iso } from '#platform'
import { rehearse } from '#rehearsal'
import { currentSystem, loadSystemFile, parseSystem, type SourceSpec, type SystemSpec } from '#system'
import { openJourney, type Journey, type Turn } from './fixtures/open-journey.ts'

const data = '../shared/data/nyc-taxi'

/** What a check said of one month. */
interface Failed {
  readonly name: string
  readonly failed: number
  readonly rows: number
}

describe.skipIf(!existsSync(data))(`taxi over the API (skipped where ${data} is absent)`, () => {
  let journey: Journey
  let spec: SystemSpec
  let turn: Turn
  /** Checks that failed, by month. */
  const said = new Map<string, readonly Failed[]>()
  beforeAll(async () => {
    journey = await openJourney()
    const { spec: example } = await loadSystemFile('examples/taxi')
    const { rides } = example.sources as { rides: SystemSpec['sources'][string] }
    spec = parseSystem({
      ...example,
      sources: { rides: { ...rides, path: 'rides/*.csv' } },
      candidates: example.candidates.flatMap((candidate) =>
        candidate.kind === 'boosted-trees'
          ? [{ ...candidate, params: { ...candidate.params, rounds: 30 } }]
          : candidate.kind === 'seasonal-naive'
            ? []
            : [candidate],
      ),
      evaluation: { ...example.evaluation, maxRows: 20_000 },
    })
    await journey.apply(spec)
    const system = await currentSystem(journey.app.workspace, 'taxi')
    await mkdir(join(journey.folder, 'rides'))
    // Each month comes by itself, as it does to whoever runs the system.
    const months = new Map<string, string>()
    for (const file of (await readdir(data)).filter((name) => name.endsWith('.csv')).sort()) {
      await copyFile(join(data, file), join(journey.folder, 'rides', file))
      const { snapshot } = await pull(journey.app.workspace, { system, source: 'rides' })
      months.set(`rides ${snapshot?.id}`, file.slice(0, 7))
    }
    turn = await journey.turn('taxi')
    for (const { subject, evidence } of await decisions(journey.app.workspace, { system: 'taxi', kind: 'quality' }))
      if (months.has(subject)) said.set(months.get(subject) as string, evidence as unknown as readonly Failed[])
  }, 120_000)
  afterAll(() => journey.close())

  /** Months of which a check said that it failed, with the share of rows. */
  const monthsOf = (check: string): ReadonlyMap<string, number> =>
    new Map(
      [...said].flatMap(([month, failed]) =>
        failed.filter(({ name }) => name.startsWith(check)).map((one) => [month, one.failed / one.rows] as const),
      ),
    )
  const year = (from: string, to: string) => (month: string) => month >= from && month <= to

  test('the surcharge is all null until December 2018 and comes in January 2019', () => {
    const shares = monthsOf('congestion_surcharge not null')
    const all = [...shares].filter(([, share]) => share === 1).map(([month]) => month)
    expect(all).toHaveLength(12)
    expect(all.every(year('2018-01', '2018-12'))).toBe(true)
    expect(shares.get('2019-01')).toBeLessThan(1)
    expect(shares.get('2019-02') ?? 0).toBe(0)
    expect(turn.output?.findings).toContain('congestion_surcharge has its first values in rides/2019-01.csv')
  })

  test('negative fares are said in every month, each of them', async () => {
    const counted = new Map<string, number>()
    for (const file of (await readdir(data)).filter((name) => name.endsWith('.csv'))) {
      const [header = '', ...lines] = (await readFile(join(data, file), 'utf8')).trimEnd().split('\n')
      const place = header.split(',').indexOf('fare_amount')
      const broken = lines.map((line) => Number(line.split(',')[place])).filter((fare) => fare < 1 || fare > 1000)
      counted.set(file.slice(0, 7), broken.length / lines.length)
    }
    expect(counted.size).toBe(36)
    expect(Object.fromEntries(monthsOf('fare_amount between'))).toEqual(Object.fromEntries(counted))
  })

  test('rides without passengers are said from the pandemic on', () => {
    const shares = monthsOf('passenger_count not null')
    expect([...shares.keys()].sort()).toEqual(
      Array.from({ length: 9 }, (_, i) => `2020-${String(i + 4).padStart(2, '0')}`),
    )
    expect([...shares].sort((a, b) => b[1] - a[1])[0]).toEqual(['2020-05', 0.1675])
  })

  test('a turn releases a model of the fare, and it quotes one', async () => {
    expect(turn).toMatchObject({ state: 'done', output: { pulledRows: 0, versionNumber: 1, passed: true } })
    const ride = { pickup_datetime: '2020-12-20T14:00:00', vendor_id: '2', passenger_count: 1 }
    const answer = await journey.call<{ predictions: { value: number }[] }>('POST', '/systems/taxi/predict', {
      rows: [
        // From the Upper East Side to its neighbour, and to the airport John F. Kennedy.
        { ...ride, pickup_location_id: '237', dropoff_location_id: '236' },
        { ...ride, pickup_location_id: '237', dropoff_location_id: '132' },
      ],
    })
    expect(answer.status).toBe(200)
    const [near, far] = answer.body.predictions.map(({ value }) => value) as [number, number]
    expect(near).toBeGreaterThan(3)
    expect(near).toBeLessThan(12)
    expect(far).toBeGreaterThan(35)
  })

  test('the drift of the pandemic is said in its months: passengers unknown, other zones', async () => {
    const report = await rehearse({
      system: {
        // One model for ever, of what is known at the kerb alone: what drifts is held against the spring of 2019.
        spec: parseSystem({
          ...spec,
          sources: {
            rides: { ...(spec.sources['rides'] as SourceSpec), path: ['rides/2019-*.csv', 'rides/2020-*.csv'] },
          },
          dataset: { ...spec.dataset, history: [], inputs: ['pickup_location_id', 'vendor_id', 'passenger_count'] },
          candidates: [{ kind: 'mean' }, { kind: 'linear' }],
          evaluation: { ...spec.evaluation, gates: [{ kind: 'beats', what: 'mean' }] },
          monitor: { ...spec.monitor, drift: { ...spec.monitor.drift, share: 0.5 } },
          retrain: { every: 'never', on: [] },
        }),
        baseFolder: journey.folder,
        commit: null,
        dirty: false,
      },
      folder: join(journey.folder, 'rehearsal'),
    })
    const signals = report.timeline
      .filter(({ kind }) => kind === 'signal')
      .map(({ evidence }) => evidence as Signal)
      .filter(({ kind }) => kind === 'drift')
    const monthsWith = (about: (input: SignalInput) => boolean): readonly string[] =>
      signals.filter(({ evidence }) => evidence.inputs.some(about)).map(({ startMs }) => iso(startMs).slice(0, 7))
    // Windows of four weeks, by the month in which they begin.
    expect(monthsWith(({ column }) => column === 'pickup_location_id')).toEqual(pandemic)
    const unknown = monthsWith(({ column, findings }) => column === 'passenger_count' && findings.some(isNulls))
    expect(unknown).toEqual(expect.arrayContaining(['2020-04', '2020-05']))
    expect(unknown.every(year('2019-12', '2020-12'))).toBe(true)
    expect(
      report.windows.filter(({ startMs, drifted }) => startMs < Date.UTC(2019, 10, 1) && drifted.length > 0),
    ).toEqual([])
  })
})

interface SignalInput {
  readonly column: string
  readonly findings: readonly { readonly kind: string; readonly severity: string }[]
}
interface Signal {
  readonly kind: string
  readonly startMs: number
  readonly evidence: { readonly inputs: readonly SignalInput[] }
}
const isNulls = ({ kind }: { readonly kind: string }): boolean => kind === 'nulls'
const pandemic = ['03', '04', '05', '06', '07', '08', '09', '10', '10', '11'].map((month) => `2020-${month}`)
