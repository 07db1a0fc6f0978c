import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseSystem } from '#system'
import { connect } from './connect.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-connect-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('connect() leaves work that waits where a command only looks, and goes on with it where one is to work', async () => {
  const spec = parseSystem({
    name: 'wares',
    objective: {
      statement: 'Fewer wares come back',
      owner: 'shop',
      metric: 'returns',
      unit: 'USD per 1000 wares',
      direction: 'down',
      target: -0.1,
      by: '2100-01-01',
    },
    framing: { task: 'binary', target: 'returned' },
    sources: { wares: { kind: 'parquet', path: 'nowhere.parquet' } },
    dataset: { sql: 'select price, returned from wares' },
    candidates: [{ kind: 'majority' }],
    evaluation: { split: { kind: 'random' }, primary: 'log-loss' },
  })
  const path = { name: 'wares' }
  const body = { spec, baseFolder: folder, commit: null, dirty: false }
  const turns = { params: { path }, body: { key: 'k' } }
  {
    await using looking = await connect(join(folder, 'store'))
    await looking.api.PUT('/api/v1/systems/{name}', { params: { path }, body } as never)
    await looking.api.POST('/api/v1/systems/{name}/turns', turns)
    await pause(600)
    const left = await looking.api.POST('/api/v1/systems/{name}/turns', turns)
    expect(left.data).toMatchObject({ state: 'waiting', steps: [] })
  }

  await using working = await connect(join(folder, 'store'), { worker: true })
  let state: string | undefined
  while (state !== 'failed') {
    await pause(50)
    state = (await working.api.POST('/api/v1/systems/{name}/turns', turns)).data?.state
  }
})
