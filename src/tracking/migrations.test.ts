import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  migrate,
  openDatabase,
  openWorkspace,
  seededIds,
  seededRandom,
  silentLog,
  virtualClock,
  type Migration,
} from '#platform'
import { experiments, metricHistory, run, runsOf } from './index.ts'
import { migrations } from './migrations.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracking-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('runs of a store from before others could log keep all that they had', async () => {
  const clock = virtualClock(5000)
  const path = join(folder, 'facts.sqlite')
  const database = openDatabase(path)
  await migrate(database, { migrations: [migrations[0] as Migration], clock })
  await database.destroy()
  const old = new DatabaseSync(path)
  old.exec(`
    insert into tracking_experiments values ('experiment_b', 'taxi', 20), ('experiment_a', 'flight-delay', 10);
    insert into tracking_runs values
      ('run_1', 'train/1', 'experiment_a', 'flight-delay', 'small trees', 'boosted-trees', 'finished', 2, 'aa', 'bb', null, 1,
        7, '{"node":"24"}', '{"rounds":9}', 100, 200, null, 'host/1'),
      ('run_2', 'train/2', 'experiment_b', 'taxi', 'linear', 'linear', 'failed', 1, 'cc', 'dd', 'c0ffee', 0,
        8, '{"node":"24"}', '{}', 300, 400, '{"code":null,"message":"out of luck"}', 'host/2');
    insert into tracking_params values ('run_1', 'rounds', '200'), ('run_1', 'early', 'true'), ('run_1', 'sql', '"a > 1"');
    insert into tracking_metrics values ('run_1', 'auc', 0, 0.5, 110), ('run_1', 'auc', 1, 0.75, 120), ('run_2', 'mae', 0, 3.5, 310);
    insert into tracking_artifacts values ('run_1', 'model.onnx', 'd1', 190)`)
  old.close()
  const ids = seededIds(clock, seededRandom(1))
  const workspace = await openWorkspace({ folder, migrations, clock, ids, log: silentLog, threads: 1 })
  expect((await experiments(workspace)).map(({ id, name }) => [id, name])).toEqual([
    ['0', 'Default'],
    ['1', 'flight-delay'],
    ['2', 'taxi'],
  ])
  expect(await run(workspace, 'run_1')).toEqual({
    id: 'run_1',
    experiment: '1',
    system: 'flight-delay',
    key: 'train/1',
    name: 'small trees',
    kind: 'boosted-trees',
    status: 'finished',
    attempt: 2,
    systemHash: 'aa',
    dataHash: 'bb',
    commit: null,
    dirty: true,
    seed: 7,
    environment: { node: '24' },
    facts: { rounds: 9 },
    startedAtMs: 100,
    finishedAtMs: 200,
    failure: null,
    params: { early: true, rounds: 200, sql: 'a > 1' },
    metrics: { auc: 0.75 },
    artifacts: [{ path: 'model.onnx', digest: 'd1', atMs: 190 }],
  })
  expect(await metricHistory(workspace, { runId: 'run_1', name: 'auc' })).toEqual([
    { step: 0, value: 0.5, atMs: 110 },
    { step: 1, value: 0.75, atMs: 120 },
  ])
  expect(await runsOf(workspace, { system: 'taxi' })).toMatchObject([
    { id: 'run_2', experiment: '2', commit: 'c0ffee', failure: { message: 'out of luck' }, metrics: { mae: 3.5 } },
  ])
  await workspace.close()
})
