import { cellOf, numbersOf, quoteText, seededRandom, type Column, type Table } from '#platform'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { flightsFile, openTestWorkspace, testSystem, type TestWorkspace } from './fixtures/test-workspace.ts'
import { buildDataset, openRequestPlan, readExamples, splitExamples, type Dataset } from './index.ts'

const day = 86_400_000
const sql = `select date, origin, destination, origin || '-' || destination as route, hour(date) as hour,
  distance, delay > 15 as late from events where delay is not null`
const system = testSystem(
  { task: 'binary', target: 'late', time: 'date', outcomeAfter: '1d', entity: ['origin', 'destination', 'date'] },
  {
    sql,
    history: ['origin', 'destination', 'route', 'hour'].map((name) => ({
      name: `late_by_${name}`,
      of: 'late',
      by: [name],
      over: ['1d', '7d', '28d'],
    })),
  },
)

/** Flights of one January, of which the outcomes after a moment can be turned round. */
const january = (until: string, turnedFrom = until): string => `(
  select * replace (if(date >= timestamp '${turnedFrom}', 60 - delay, delay) as delay)
  from read_parquet(${quoteText(flightsFile ?? '')}) where date < timestamp '${until}')`

describe.skipIf(flightsFile === undefined)(
  `the flights of January 2001${flightsFile ? '' : ' (skipped: vega-datasets is not installed)'}`,
  () => {
    let opened: TestWorkspace
    let dataset: Dataset

    beforeAll(async () => {
      opened = await openTestWorkspace()
      dataset = await buildDataset(opened.workspace, { system, sources: { events: january('2001-02-01') } })
    })
    afterAll(() => opened.close())

    test('give every input that the system asks for, and nothing to warn of', () => {
      expect(dataset).toMatchObject({ warnings: [], classes: ['false', 'true'], missingTargets: 0 })
      expect(dataset.inputs).toHaveLength(17)
    })

    test('do not know at a moment what was learned after it', async () => {
      const until = '2001-01-20T12:30:00'
      // Outcomes are known a day later, so those of the last day can be any.
      const known = await buildDataset(opened.workspace, {
        system,
        sources: { events: january('2001-01-20 12:30:00', '2001-01-19 12:30:00') },
      })
      const toMs = Date.parse(`${until}Z`)
      const [whole, then] = await Promise.all(
        [dataset, known].map((one) => readExamples(opened.workspace, one, { toMs })),
      )
      expect(then?.table.rowCount).toBeGreaterThan(250_000)
      expect(differing(dataset, whole?.table, then?.table)).toEqual([])
    })

    test('are prepared for a live request as they stand in the dataset', async () => {
      const plan = await openRequestPlan(opened.workspace, dataset)
      const fromMs = Date.parse('2001-01-28')
      const { table, times } = await readExamples(opened.workspace, dataset, {
        fromMs,
        toMs: fromMs + day,
        maxRows: 2000,
      })
      const cell = (name: string, row: number) => cellOf(table.columns[name] as Column, row)
      const rows = Array.from({ length: table.rowCount }, (_, row) => ({
        date: new Date(times?.[row] as number).toISOString(),
        origin: cell('origin', row),
        destination: cell('destination', row),
        distance: cell('distance', row),
      }))
      const { table: prepared, notes } = await plan.prepare(rows)
      plan.close()
      expect(table.rowCount).toBe(2000)
      expect(notes).toEqual([])
      expect(differing(dataset, prepared, table)).toEqual([])
    })

    test('split by time as a training at that moment would have seen them', async () => {
      const nowMs = Date.parse('2001-01-29')
      const examples = await readExamples(opened.workspace, dataset, { knownAtMs: nowMs, onlyKnown: true })
      const [split] = splitExamples(examples, { kind: 'time', holdout: '7d' }, { nowMs, random: seededRandom(1) })
      const times = examples.times as Float64Array
      expect(times[split?.train.at(-1) as number]).toBeLessThanOrEqual(Date.parse('2001-01-20'))
      expect(times[split?.test[0] as number]).toBeGreaterThan(Date.parse('2001-01-21'))
      expect(times[split?.test.at(-1) as number]).toBeLessThanOrEqual(Date.parse('2001-01-28'))
      expect(split?.test.length).toBeGreaterThan(100_000)
      expect(numbersOf(examples.table, 'late_by_route_28d').some((value) => value > 0)).toBe(true)
    })
  },
)

/** Inputs that two tables hold different values of. */
const differing = ({ inputs }: Dataset, a?: Table, b?: Table): string[] =>
  inputs.map(({ name }) => name).filter((name) => contents(a?.columns[name]) !== contents(b?.columns[name]))

/** All values of a column as one text, whatever the dictionary. */
function contents(column: Column | undefined): string {
  if (!column) return ''
  return column.kind === 'number'
    ? column.values.join()
    : Array.from(column.codes, (code) => (code < 0 ? null : column.dictionary[code])).join()
}
