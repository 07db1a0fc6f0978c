import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seededRandom } from '#platform'
import { ownStart } from '../fixtures/own-start.ts'
import { openTrackingCaller, type Fields, type TrackingCaller } from '../fixtures/tracking-caller.ts'
import { logMetrics, startRun } from '../index.ts'

let caller: TrackingCaller
beforeEach(async () => {
  caller = await openTrackingCaller()
})
afterEach(() => caller.close())
const call: TrackingCaller['call'] = (...request) => caller.call(...request)

describe('mlflowProtocol()', () => {
  test('shows the runs of systems to clients, by the name of the system', async () => {
    const own = await startRun(caller.workspace, ownStart)
    await logMetrics(caller.workspace, { runId: own.id, metrics: { auc: 0.75 }, step: 3 })
    const found = await call('GET experiments/get-by-name?experiment_name=flight-delay')
    expect(found).toMatchObject({
      status: 200,
      experiment: { experiment_id: own.experiment, lifecycle_stage: 'active' },
    })
    const { runs } = await call('POST runs/search', {
      experiment_ids: [own.experiment],
      filter: "metrics.auc > 0.7 and params.rounds = '200'",
    })
    expect(runs).toMatchObject([
      {
        info: { run_id: own.id, run_name: 'small trees', status: 'RUNNING' },
        data: {
          metrics: [{ key: 'auc', value: 0.75, step: 3, timestamp: 1000 }],
          params: [
            { key: 'early', value: 'true' },
            { key: 'note', value: 'x' },
            { key: 'rounds', value: '200' },
          ],
        },
      },
    ])
  })

  test('the record of a system is not changed by clients, but for tags', async () => {
    const { id: run_id, experiment: experiment_id } = await startRun(caller.workspace, ownStart)
    const refused: readonly (readonly [string, Fields])[] = [
      ['runs/log-metric', { run_id, key: 'auc', value: 1, timestamp: 1 }],
      ['runs/log-parameter', { run_id, key: 'p', value: '1' }],
      ['runs/log-batch', { run_id, params: [{ key: 'p', value: '1' }] }],
      ['runs/update', { run_id, status: 'FAILED' }],
      ['runs/delete', { run_id }],
      ['experiments/delete', { experiment_id }],
      ['experiments/update', { experiment_id, new_name: 'mine' }],
    ]
    for (const [path, fields] of refused)
      expect(await call(`POST ${path}`, fields)).toMatchObject({
        status: 400,
        error_code: 'INVALID_PARAMETER_VALUE',
        message: expect.stringMatching(/^Cannot (?:change|delete|rename) the/),
      })
    expect(await call('POST runs/set-tag', { run_id, key: 'note', value: 'good' })).toEqual({ status: 200 })
    expect(await call(`GET runs/get?run_id=${run_id}`)).toMatchObject({
      run: { info: { status: 'RUNNING', lifecycle_stage: 'active' } },
    })
  })

  test('a run that is made has what its client gave, and a name', async () => {
    const tags = [{ key: 'mlflow.user', value: 'ana' }]
    const { run } = await call('POST runs/create', {
      experiment_id: '0',
      user_id: 'ana',
      start_time: 1_790_000_000_000,
      tags,
    })
    expect(run).toEqual({
      info: {
        run_uuid: expect.stringMatching(/^[0-9a-f]{32}$/),
        run_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        experiment_id: '0',
        run_name: expect.stringMatching(/^[a-z]+-[a-z]+-\d+$/),
        user_id: 'ana',
        status: 'RUNNING',
        start_time: 1_790_000_000_000,
        artifact_uri: expect.stringMatching(/^mlflow-artifacts:\/0\/[0-9a-f]{32}\/artifacts$/),
        lifecycle_stage: 'active',
      },
      data: {
        tags: [{ key: 'mlflow.runName', value: expect.any(String) }, ...tags].sort((a, b) => (a.key < b.key ? -1 : 1)),
      },
      inputs: {},
      outputs: {},
    })
  })

  test('numbers may come as text, as R and Java send them, and NaN and infinities by name', async () => {
    const run_id = await caller.startRun({ start_time: '1700000000000' })
    for (const [step, value] of ['0.5', 'NaN', 'Infinity', '-inf', 7].entries())
      expect(
        await call('POST runs/log-metric', { run_id, key: `m${step}`, value, timestamp: '5', step: String(step) }),
      ).toEqual({ status: 200 })
    const { run } = (await call(`GET runs/get?run_id=${run_id}`)) as unknown as {
      run: { info: Fields; data: { metrics: readonly Fields[] } }
    }
    expect(run.info['start_time']).toBe(1_700_000_000_000)
    expect(run.data.metrics.map(({ value }) => value)).toEqual([0.5, 'NaN', Number.MAX_VALUE, -Number.MAX_VALUE, 7])
  })

  test('the newest value of a metric is that of the last step, and its history has every value once', async () => {
    const run_id = await caller.startRun()
    const points = [
      { key: 'loss', value: 3, timestamp: 10, step: 2 },
      { key: 'loss', value: 9, timestamp: 30, step: 1 },
      { key: 'loss', value: 5, timestamp: 10, step: 2 },
    ]
    for (const metrics of [points, points, [points[1]]])
      expect(await call('POST runs/log-batch', { run_id, metrics })).toEqual({ status: 200 })
    const { run } = (await call(`GET runs/get?run_id=${run_id}`)) as unknown as { run: { data: Fields } }
    expect(run.data['metrics']).toEqual([points[2]])
    expect((await call(`GET metrics/get-history?run_id=${run_id}&metric_key=loss`))['metrics']).toEqual([
      points[0],
      points[2],
      points[1],
    ])
    const page = await call(`GET metrics/get-history?run_id=${run_id}&metric_key=loss&max_results=2`)
    expect(page['metrics']).toHaveLength(2)
    expect(
      await call(
        `GET metrics/get-history?run_id=${run_id}&metric_key=loss&max_results=2&page_token=${String(page['next_page_token'])}`,
      ),
    ).toEqual({ status: 200, metrics: [points[1]] })
  })

  test('a batch is kept whole or not at all', async () => {
    const run_id = await caller.startRun()
    await call('POST runs/log-parameter', { run_id, key: 'p', value: '1' })
    const refused = await call('POST runs/log-batch', {
      run_id,
      metrics: [{ key: 'm', value: 1, timestamp: 1 }],
      params: [
        { key: 'q', value: '1' },
        { key: 'p', value: 'z' },
      ],
      tags: [{ key: 't', value: '1' }],
    })
    expect(refused).toEqual({
      status: 400,
      error_code: 'INVALID_PARAMETER_VALUE',
      message: `Changing param values is not allowed. Params were already logged='[{'key': 'p', 'old_value': '1', 'new_value': 'z'}]' for run ID='${run_id}'.`,
    })
    const { run } = (await call(`GET runs/get?run_id=${run_id}`)) as unknown as { run: { data: Fields } }
    expect(run.data).toMatchObject({ params: [{ key: 'p', value: '1' }], tags: [{ key: 'mlflow.runName' }] })
    expect(run.data['metrics']).toBeUndefined()
  })

  test('the name of a deleted experiment is free, and a restored one must find it so', async () => {
    const { experiment_id } = await call('POST experiments/create', { name: 'p' })
    const run_id = await caller.startRun({ experiment_id })
    await call('POST experiments/delete', { experiment_id })
    expect(await call(`GET runs/get?run_id=${run_id}`)).toMatchObject({ run: { info: { lifecycle_stage: 'deleted' } } })
    const again = await call('POST experiments/create', { name: 'p' })
    expect(again).toMatchObject({ status: 200 })
    expect(again['experiment_id']).not.toBe(experiment_id)
    expect(await call('POST experiments/restore', { experiment_id })).toMatchObject({
      status: 400,
      error_code: 'RESOURCE_ALREADY_EXISTS',
    })
    await call('POST experiments/delete', { experiment_id: again['experiment_id'] })
    expect(await call('POST experiments/restore', { experiment_id })).toEqual({ status: 200 })
    expect(await call(`GET runs/get?run_id=${run_id}`)).toMatchObject({ run: { info: { lifecycle_stage: 'active' } } })
  })

  test('finds the same runs whichever way leads to them', async () => {
    const random = seededRandom('search')
    const kept: { id: string; score: number; kind: string; at: number }[] = []
    for (let k = 0; k < 60; k++) {
      const one = { score: Math.floor(random.next() * 9), kind: random.next() < 0.1 ? 'rare' : 'often', at: 1000 + k }
      const id = await caller.startRun({ start_time: one.at })
      const timestamp = 1
      await call('POST runs/log-batch', {
        run_id: id,
        metrics: [{ key: 'score', value: one.score, timestamp }],
        params: [{ key: 'kind', value: one.kind }],
      })
      kept.push({ id, ...one })
    }
    const found = async (fields: Fields): Promise<unknown> => {
      const { runs = [] } = (await call('POST runs/search', { experiment_ids: ['0'], ...fields })) as unknown as {
        runs?: readonly { info: { run_id: string } }[]
      }
      return runs.map(({ info }) => info.run_id)
    }
    const newest = (a: (typeof kept)[0], b: (typeof kept)[0]): number => b.at - a.at
    const best = kept.toSorted((a, b) => b.score - a.score || newest(a, b))
    const idsOf = (runs: typeof kept): string[] => runs.map(({ id }) => id)
    const named = kept[7] as (typeof kept)[0]
    await call('POST runs/update', { run_id: named.id, run_name: 'the one' })
    expect(await found({ filter: "attributes.run_name = 'the one'", order_by: ['metrics.score DESC'] })).toEqual([
      named.id,
    ])
    expect(await found({ order_by: ['metrics.score DESC'] })).toEqual(idsOf(best))
    expect(await found({ order_by: ['metrics.score DESC', 'start_time DESC'] })).toEqual(idsOf(best))
    expect(await found({ order_by: ['metrics.score DESC'], max_results: 7 })).toEqual(idsOf(best.slice(0, 7)))
    const rare = (one: (typeof kept)[0]): boolean => one.kind === 'rare' && one.score > 2
    expect(
      await found({ filter: "params.kind = 'rare' and metrics.score > 2", order_by: ['metrics.score DESC'] }),
    ).toEqual(idsOf(best.filter(rare)))
    expect(await found({ filter: "params.kind = 'rare' and metrics.score > 2" })).toEqual(
      idsOf(kept.filter(rare).toSorted(newest)),
    )
  })
})
