import { afterAll, beforeAll, expect, test } from 'vitest'
import { fileURLToPath } from 'node:url'
import { quoteText } from '#platform'
import { loadSystemFile } from '#system'
import { queryOf } from '../fixtures/any-row.ts'
import { flightsFile, openTestWorkspace, type TestWorkspace } from '../fixtures/test-workspace.ts'
import { checkedQuery } from './check-compiled.ts'

let opened: TestWorkspace

beforeAll(async () => {
  opened = await openTestWorkspace()
})
afterAll(() => opened.close())

test('checkedQuery() compiles SQL of which both give the same', async () => {
  const { lake } = opened.workspace
  const of = await queryOf(lake, "select hour(m) as h, d > 15 as late, t || '!' as said, i from events where d > 0")
  expect(await checkedQuery(lake, of)).not.toBeNull()
})

test.each([
  ['another value', 'hour(m)', 'minute(m)'],
  ['an error', 'hour(m)', "cast('x' || hour(m) as bigint)"],
])('checkedQuery() leaves all to DuckDB where that gives %s', async (_, compiled, given) => {
  const { lake } = opened.workspace
  const { query } = await queryOf(lake, `select ${compiled} as x from events`)
  const { made } = await queryOf(lake, `select ${given} as x from events`)
  expect(await checkedQuery(lake, { query, made })).toBeNull()
})

test.skipIf(flightsFile === undefined)(
  'checkedQuery() compiles the SQL of the flight-delay example (skipped where vega-datasets is absent)',
  async () => {
    const { lake } = opened.workspace
    const path = fileURLToPath(new URL('../../../examples/flight-delay/flight-delay.system.ts', import.meta.url))
    const { spec } = await loadSystemFile(path)
    const columns = await lake.describe(`from read_parquet(${quoteText(flightsFile ?? '')})`)
    const of = await queryOf(lake, spec.dataset.sql, { source: { name: 'flights', columns } })
    expect(await checkedQuery(lake, of)).not.toBeNull()
  },
)
