import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTrackingCaller, type TrackingCaller } from '../fixtures/tracking-caller.ts'

let caller: TrackingCaller
beforeAll(async () => {
  caller = await openTrackingCaller()
})
afterAll(() => caller.close())
const call: TrackingCaller['call'] = (...request) => caller.call(...request)

describe('a chart', () => {
  type Point = Readonly<Record<'step' | 'value' | 'timestamp', number>>
  const log = async (count: number, pointAt: (place: number) => object): Promise<string> => {
    const run_id = await caller.startRun()
    for (let from = 0; from < count; from += 1000) {
      const metrics = Array.from({ length: Math.min(1000, count - from) }, (_, place) => ({
        key: 'loss',
        ...pointAt(from + place),
      }))
      expect(await call('POST runs/log-batch', { run_id, metrics })).toEqual({ status: 200 })
    }
    return run_id
  }
  const atSteps = (step: number) => ({ value: step / 2, timestamp: step, step })
  const chart = async (runs: readonly string[], more = '') => {
    const ids = runs.map((id) => `run_ids=${id}&`).join('')
    return (await call(`GET metrics/get-history-bulk-interval?${ids}metric_key=loss${more}`)) as unknown as {
      readonly status: number
      readonly metrics: readonly (Point & { readonly run_id: string })[]
    }
  }

  test('shows of each run as many values as it asks for, evenly spread, the first and the last among them', async () => {
    const [few, many] = [await log(10, atSteps), await log(20, atSteps)]
    for (const runs of [
      [few, many],
      [many, few],
    ]) {
      const { metrics } = await chart(runs, '&max_results=5')
      // The runs stand as they were asked for; the last value takes the place of the last fifth.
      expect(metrics.map(({ run_id, step }) => [run_id, step])).toEqual(
        runs.flatMap((id) => (id === few ? [0, 2, 4, 6, 9] : [0, 4, 8, 12, 19]).map((step) => [id, step])),
      )
    }
    expect((await chart([many], '&max_results=7')).metrics.map(({ step }) => step)).toEqual([0, 3, 6, 9, 12, 15, 19])
    expect((await chart([many], '&max_results=1')).metrics).toEqual([
      { key: 'loss', value: 9.5, timestamp: 19, step: 19, run_id: many },
    ])
    expect((await chart([few, many], '&start_step=3&end_step=5')).metrics).toHaveLength(6)
    expect(await call('GET metrics/get-history-bulk-interval?metric_key=loss')).toMatchObject({ status: 400 })
    expect(await chart([few], '&start_step=3')).toMatchObject({ status: 400 })
  })

  test('counts values, not steps, where steps have many', async () => {
    const run = await log(20, (place) => ({ value: 1, timestamp: place % 2, step: place >> 1 }))
    const { metrics } = await chart([run], '&max_results=5')
    expect(metrics.map(({ step, timestamp }) => [step, timestamp])).toEqual([
      [0, 0],
      [2, 0],
      [4, 0],
      [6, 0],
      [9, 1],
    ])
  })

  test('shows as few values of histories that are long', async () => {
    const long = await log(12_000, atSteps)
    const { metrics } = await chart([long], '&max_results=4')
    expect(metrics.map(({ step }) => step)).toEqual([0, 4000, 8000, 11_999])
    const full = (await chart([long])).metrics
    expect([full.length, full[0]?.step, full.at(-1)?.step]).toEqual([2500, 0, 11_999])
    // Without steps all of it lies at one.
    const heap = await log(12_000, (timestamp) => ({ value: timestamp, timestamp, step: 0 }))
    expect((await chart([heap], '&max_results=4')).metrics.map(({ value }) => value)).toEqual([0, 3000, 6000, 11_999])
    const mixed = await log(12_000, (place) => ({ value: place, timestamp: place, step: place % 3 === 0 ? 0 : place }))
    const shown = (await chart([mixed], '&max_results=100')).metrics
    expect(shown.length).toBeGreaterThan(50)
    expect(shown.length).toBeLessThanOrEqual(100)
    expect([shown[0]?.value, shown.at(-1)?.value]).toEqual([0, 11_999])
  })
})
