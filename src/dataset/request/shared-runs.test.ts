import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cellOf, seededIds, seededRandom, silentLog, systemClock, type Table, type Workspace } from '#platform'
import { openWorkspace } from '#test-workspace'
import type { RequestQuery } from './request-sql.ts'
import { sharedRuns } from './shared-runs.ts'

let folder: string
let workspace: Workspace
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-shared-'))
  workspace = await openWorkspace({
    folder,
    migrations: [],
    clock: systemClock,
    ids: seededIds(systemClock, seededRandom(1)),
    log: silentLog,
    threads: 1,
  })
})
afterAll(async () => {
  await workspace.close()
  await rm(folder, { recursive: true })
})

/** Ten times a number, and the text beside it; a number that is none stops the run. */
const query: RequestQuery = {
  sql: `select 10 * cast(n as integer) as c0, s as c1
        from (select unnest(from_json_strict($1, '[{"n":"VARCHAR","s":"VARCHAR"}]'), recursive := true))`,
  columns: [],
  sqlTypes: [],
  source: ['n', 's'].map((name) => ({ name, isMoment: false })),
  tellsKept: false,
}
const rowsOf = (...numbers: readonly (number | string)[]) => numbers.map((n) => [String(n), `row ${n}`])
const plain = (table: Table): unknown[] =>
  Array.from({ length: table.rowCount }, (_, row) => Object.values(table.columns).map((column) => cellOf(column, row)))

test('sharedRuns() gives every request its own rows, in fewer runs than requests', async () => {
  let runs = 0
  const lake = new Proxy(workspace.lake, {
    get: (target, name) => {
      if (name === 'table') runs++
      return Reflect.get(target, name) as unknown
    },
  })
  const run = sharedRuns(lake, query)
  const random = seededRandom('shared')
  const asked = Array.from({ length: 40 }, (_, i) =>
    rowsOf(...Array.from({ length: 1 + random.int(4) }, (_r, k) => i * 10 + k)),
  )
  const answers = await Promise.all(asked.map((rows) => run(rows)))
  expect(answers.map(plain)).toEqual(asked.map((rows) => rows.map(([n, s]) => [10 * Number(n), s])))
  // The first runs at once, and all others while it does.
  expect(runs).toBe(2)
})

test("sharedRuns() tells one request's mistake to no other, and goes on", async () => {
  const run = sharedRuns(workspace.lake, query)
  const answers = await Promise.allSettled([run(rowsOf(1)), run(rowsOf(2)), run(rowsOf(3, 'x')), run(rowsOf(4, 5))])
  expect(answers.map((one) => (one.status === 'fulfilled' ? plain(one.value) : one.reason.message))).toEqual([
    [[10, 'row 1']],
    [[20, 'row 2']],
    expect.stringMatching(/^Cannot predict row 1: .*'x'/),
    [
      [40, 'row 4'],
      [50, 'row 5'],
    ],
  ])
  await expect(run(rowsOf('y'))).rejects.toMatchObject({ code: 'dataset/requestFailed' })
  expect(plain(await run(rowsOf(6)))).toEqual([[60, 'row 6']])
})

test('sharedRuns() runs a request of very many rows, and those beside it', async () => {
  const run = sharedRuns(workspace.lake, query)
  const many = Array.from({ length: 1500 }, (_, i) => i)
  const [, large, small] = await Promise.all([run(rowsOf(1)), run(rowsOf(...many)), run(rowsOf(7))])
  expect([large.rowCount, plain(large).at(-1), plain(small)]).toEqual([1500, [14_990, 'row 1499'], [[70, 'row 7']]])
})
