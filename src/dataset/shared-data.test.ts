import { quoteText } from '#platform'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestWorkspace, sharedFile, testSystem, type TestWorkspace } from './fixtures/test-workspace.ts'
import { buildDataset, prepareRequest, readExamples, requestFields, splitExamples } from './index.ts'
import { seededRandom } from '#platform'

let opened: TestWorkspace

beforeAll(async () => {
  opened = await openTestWorkspace()
})
afterAll(() => opened.close())

const questions = sharedFile('banking77/train.csv')
const trips = sharedFile('nyc-taxi')
const absent = 'skipped: ../shared/data is not there'

describe.skipIf(questions === undefined)(`the questions of bank customers${questions ? '' : ` (${absent})`}`, () => {
  test('are text with 77 classes and no time', async () => {
    const { workspace } = opened
    const dataset = await buildDataset(workspace, {
      system: testSystem({ task: 'multiclass', target: 'category' }, { sql: 'select text, category from events' }),
      sources: { events: `read_csv(${quoteText(questions as string)})` },
    })
    expect(dataset).toMatchObject({
      rows: 10_003,
      time: null,
      timeRange: null,
      inputs: [{ name: 'text', type: 'text' }],
      warnings: [],
    })
    expect(dataset.classes).toHaveLength(77)
    expect(dataset.classes).toEqual([...dataset.classes].sort())
    const examples = await readExamples(workspace, dataset)
    const folds = splitExamples(examples, { kind: 'k-fold', folds: 5 }, { nowMs: 0, random: seededRandom(1) })
    expect(folds.map((fold) => fold.test.length)).toEqual([2001, 2001, 2001, 2000, 2000])
    expect(await requestFields(workspace, dataset)).toMatchObject([
      { name: 'text', required: true },
      { name: 'category', required: false },
    ])
    const { table, notes } = await prepareRequest(workspace, dataset, { rows: [{ text: 'Where is my card?' }] })
    expect(table.columns['text']).toMatchObject({ dictionary: ['Where is my card?'] })
    expect(notes).toEqual([])
  })
})

describe.skipIf(trips === undefined)(`the taxi trips of two months${trips ? '' : ` (${absent})`}`, () => {
  const sql = `select pickup_datetime as time, passenger_count, trip_distance, cast(rate_code_id as varchar) as rate,
    hour(pickup_datetime) as hour, store_and_fwd_flag = 'Y' as was_offline, fare_amount
    from events where fare_amount > 0`
  const sources = {
    events: `read_csv([${['2018-01', '2018-02'].map((month) => quoteText(`${trips}/${month}.csv`)).join(', ')}], delim = ',', union_by_name = true)`,
  }

  test('give the fare from what is known at pick-up', async () => {
    const { workspace } = opened
    const dataset = await buildDataset(workspace, {
      system: testSystem({ task: 'regression', target: 'fare_amount', time: 'time' }, { sql }),
      sources,
    })
    expect(dataset.inputs).toEqual([
      { name: 'passenger_count', type: 'numeric' },
      { name: 'trip_distance', type: 'numeric' },
      { name: 'rate', type: 'categorical' },
      { name: 'hour', type: 'numeric' },
      { name: 'was_offline', type: 'boolean' },
    ])
    expect(dataset.classes).toEqual([])
    const fields = await requestFields(workspace, dataset)
    expect(fields.filter((field) => field.required).map((field) => field.name)).toEqual([
      'pickup_datetime',
      'passenger_count',
      'trip_distance',
      'rate_code_id',
      'store_and_fwd_flag',
    ])
    const row = {
      pickup_datetime: '2019-03-01 09:15:00',
      passenger_count: 1,
      trip_distance: 2.5,
      rate_code_id: 1,
      store_and_fwd_flag: 'N',
    }
    const { table } = await prepareRequest(workspace, dataset, { rows: [row] })
    expect(table).toMatchObject({
      columns: {
        hour: { values: Float64Array.of(9) },
        was_offline: { values: Float64Array.of(0) },
        rate: { dictionary: ['1'] },
      },
    })
  })

  test('warn of an input that is the fare with the tip', async () => {
    const { warnings } = await buildDataset(opened.workspace, {
      system: testSystem(
        { task: 'regression', target: 'fare_amount', time: 'pickup_datetime' },
        {
          sql: 'select pickup_datetime, trip_distance, total_amount - tip_amount - tolls_amount as paid, fare_amount from events where fare_amount > 0',
        },
      ),
      sources,
    })
    expect(warnings.join('\n')).toMatch(/Input 'paid' alone tells 9\d\.\d % of the target/)
  })
})
