import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openApp, type App } from '#app'
import { quoteText, readConfig } from '#platform'
import { createMillrace } from '#sdk'
import { parseSystem } from '#system'
import type { Connection } from '../connect.ts'
import { turnOnce, type TurnView } from './run.ts'

let folder: string
let app: App
let connection: Pick<Connection, 'api'>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-run-'))
  app = await openApp({ folder: join(folder, 'store'), config: { ...readConfig({}), MILLRACE_LOG: 'silent' } })
  const api = createMillrace({ url: 'http://127.0.0.1', fetch: (request) => app.fetch(request) })
  connection = { api }
})
afterAll(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

const turn = (more: { readonly key: string; readonly again?: boolean }): Promise<TurnView> =>
  turnOnce(connection, { name: 'wares', tell: () => undefined, ...more })

test('turnOnce() finds the turn of a key, also one that failed, and starts another where it is to try again', async () => {
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
    sources: { wares: { kind: 'parquet', path: 'wares.parquet' } },
    dataset: { sql: 'select price, returned from wares' },
    candidates: [{ kind: 'majority' }],
    evaluation: { split: { kind: 'random' }, primary: 'log-loss' },
  })
  const put = { params: { path: { name: 'wares' } }, body: { spec, baseFolder: folder, commit: null, dirty: false } }
  expect((await connection.api.PUT('/api/v1/systems/{name}', put as never)).response.status).toBe(200)
  await expect(turn({ key: 'k', again: true })).rejects.toMatchObject({
    code: 'cli/runFailed',
    details: { code: 'ingress/missingFile' },
  })
  await app.workspace.lake.run(
    `copy (select i % 10 as price, i % 3 = 0 as returned from range(500) as t(i)) to ${quoteText(join(folder, 'wares.parquet'))} (format parquet)`,
  )
  await expect(turn({ key: 'k' })).rejects.toMatchObject({ code: 'cli/runFailed' })
  const done = await turn({ key: 'k', again: true })
  expect(done).toMatchObject({ state: 'done', output: { chosen: 'majority', versionNumber: 1 } })
})
