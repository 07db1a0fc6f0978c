import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { predictionRelation } from '#serving'
import type { SystemInput } from '#system'
import { openJourney, type Journey, type Turn } from './fixtures/open-journey.ts'

/** Parcels as CSV: by ship they are late. */
const lines = (rows: number, late: (row: number) => boolean = (row) => row % 3 === 2): string[] => [
  'sent,parcel,way,weight,late',
  ...Array.from(
    { length: rows },
    (_, row) =>
      `2001-01-${String((Math.floor(row / 20) % 28) + 1).padStart(2, '0')} 10:00:00,${row},${['air', 'road', 'ship'][row % 3]},${(row % 7) + 1},${late(row)}`,
  ),
]
const csv = (rows: number, late?: (row: number) => boolean): string => `${lines(rows, late).join('\n')}\n`

const system = (name: string, more: Partial<SystemInput> = {}): SystemInput => ({
  name,
  objective: {
    statement: 'Fewer parcels are waited for in vain',
    owner: 'post',
    metric: 'cost of waiting',
    unit: 'USD per 1000 parcels',
    direction: 'down',
    target: -0.1,
    by: '2001-12-31',
  },
  framing: { task: 'binary', target: 'late', cost: { currency: 'USD', falseNegative: 10, falsePositive: 4 } },
  sources: { parcels: { kind: 'csv', path: `${name}.csv` } },
  dataset: { sql: 'select way, weight, late from parcels' },
  candidates: [{ kind: 'majority' }, { kind: 'logistic' }],
  evaluation: { split: { kind: 'random', share: 0.3 }, gates: [{ kind: 'beats', what: 'majority' }] },
  release: { strategy: 'big-bang' },
  ...more,
})

let journey: Journey
beforeAll(async () => {
  journey = await openJourney()
})
afterAll(() => journey.close())

/** Turns a system on a file and says how that ended. */
async function turnOn(name: string, content: string | Uint8Array | null, more?: Partial<SystemInput>): Promise<Turn> {
  if (content !== null) await writeFile(join(journey.folder, `${name}.csv`), content)
  const applied = await journey.apply(system(name, more))
  if (applied.status !== 200) throw new Error(`Cannot apply: ${JSON.stringify(applied.body)}`)
  return journey.turn(name)
}

describe('a turn on bad data fails with a code that says why, and leaves nothing half done', () => {
  test.each<[string, string, string | Uint8Array | null, Partial<SystemInput>, string, RegExp]>([
    ['a missing file', 'missing', null, {}, 'ingress/missingFile', /missing\.csv/],
    ['an empty file', 'empty', '', {}, 'ingress/emptyFile', /empty\.csv/],
    [
      'another delimiter',
      'delimiter',
      csv(200).replaceAll(',', ';'),
      { sources: { parcels: { kind: 'csv', path: 'delimiter.csv', delimiter: ',' } } },
      'ingress/wrongDelimiter',
      /;/,
    ],
    [
      'bytes that are not UTF-8',
      'latin',
      Buffer.from(csv(200).replaceAll('ship', 'Fähre'), 'latin1'),
      {},
      'ingress/notUtf8',
      /UTF-8/,
    ],
    ['a header only', 'header', `${lines(0)[0]}\n`, {}, 'ingress/noRows', /header\.csv/],
    ['a target with one class', 'one-class', csv(200, () => false), {}, 'dataset/oneClass', /late/],
    [
      'SQL that does not parse',
      'no-sql',
      csv(200),
      { dataset: { sql: 'select way weight, late frm parcels' } },
      'dataset/badSql',
      /frm|syntax/,
    ],
    [
      'a table that is not there',
      'no-table',
      csv(200),
      { dataset: { sql: 'select way, late from letters' } },
      'dataset/unknownTable',
      /letters/,
    ],
    [
      'a column that is not there',
      'no-column',
      csv(200),
      { dataset: { sql: 'select ways, late from parcels' } },
      'dataset/badSql',
      /ways/,
    ],
    [
      'SQL that reads files itself',
      'reads',
      csv(200),
      { dataset: { sql: "select way, late from read_csv('reads.csv')" } },
      'dataset/readsFiles',
      /read_csv/,
    ],
  ])('%s', async (_, name, content, more, code, says) => {
    const turn = await turnOn(name, content, more)
    expect(turn).toMatchObject({ state: 'failed', error: { code } })
    expect(turn.error?.message).toMatch(says)
    expect(turn.error?.message).toMatch(/^Cannot /)
    expect(await journey.call('GET', `/systems/${name}`)).toMatchObject({ body: { champion: null, trainings: [] } })
    expect(await journey.call('POST', `/systems/${name}/predict`, { way: 'air', weight: 1 })).toMatchObject({
      status: 409,
      body: { code: 'deployment/nothingReleased' },
    })
  })

  test('what failed is taken whole once it is mended', async () => {
    expect(await turnOn('mended', '')).toMatchObject({ state: 'failed' })
    expect(await turnOn('mended', csv(300))).toMatchObject({ state: 'done', output: { pulledRows: 300, passed: true } })
  })

  test('a column that vanishes is said, and the rows that have it are still learned from', async () => {
    const more: Partial<SystemInput> = {
      sources: { parcels: { kind: 'csv', path: 'vanish*.csv' } },
      checks: [{ kind: 'not-null', column: 'weight' }],
    }
    expect(await turnOn('vanish', csv(300), more)).toMatchObject({ state: 'done', output: { findings: [] } })
    const without = csv(300)
      .replaceAll(/,\d+,(?=true|false)/g, ',')
      .replace('weight,', '')
    await writeFile(join(journey.folder, 'vanish-2.csv'), without)
    const turn = await journey.turn('vanish')
    expect(turn.output?.findings.join()).toMatch(/weight not null: .*weight.*\(warn\)/)
  })
})

describe('a bad request is refused with its status, and nothing of it is kept', () => {
  const good = { way: 'ship', weight: 3 }
  beforeAll(async () => {
    await turnOn('parcels', csv(400))
  })
  const countPredictions = async (): Promise<number> => {
    const { workspace } = journey.app
    const answers = await predictionRelation(workspace, { system: 'parcels' })
    const failures = await predictionRelation(workspace, { system: 'parcels', failed: true })
    const [row] = await workspace.lake.rows<{ n: number }>(
      `select count(*) as n from (from ${answers} as a union all from ${failures} as f)`,
    )
    return row?.n ?? 0
  }

  test.each<[string, unknown, number, string, RegExp]>([
    ['an unknown column', { ...good, colour: 'red' }, 422, 'dataset/unknownField', /colour/],
    ['a wrong type', { ...good, weight: 'heavy' }, 422, 'dataset/wrongFieldType', /weight/],
    ['a missing column', { way: 'ship' }, 422, 'dataset/missingField', /weight/],
    ['a value that is no value', { ...good, weight: { kg: 3 } }, 422, 'http/invalidRequest', /weight/],
    ['no rows', { rows: [] }, 422, 'serving/noRows', /no rows/],
    ['one bad row of two', { rows: [good, { way: 'ship', weight: 'heavy' }] }, 422, 'dataset/wrongFieldType', /weight/],
    ['too many rows', { rows: Array.from({ length: 10_001 }, () => good) }, 413, 'serving/tooManyRows', /10001|10,001/],
  ])('a prediction with %s', async (_, body, status, code, says) => {
    const before = await countPredictions()
    const answer = await journey.call<{ detail: string; remedy: string }>('POST', '/systems/parcels/predict', body)
    expect(answer).toMatchObject({ status, body: { code } })
    expect(answer.body.detail).toMatch(says)
    expect(answer.body.remedy.length).toBeGreaterThan(10)
    expect(await countPredictions()).toBe(before)
  })

  test.each([
    ['GET', '/systems/letters', undefined, 'loop/unknownSystem'],
    ['POST', '/systems/letters/turns', {}, 'loop/unknownSystem'],
    ['POST', '/systems/letters/predict', { way: 'air' }, 'system/unknownSystem'],
    ['POST', '/systems/letters/outcomes', { outcomes: [{ predictionId: 'p', outcome: true }] }, 'system/unknownSystem'],
    ['GET', '/systems/parcels/turns/nobody', undefined, 'orchestration/unknownRun'],
  ])('%s %s is not found', async (method, path, body, code) => {
    expect(await journey.call(method, path, body)).toMatchObject({ status: 404, body: { code } })
  })

  test('an outcome for an unknown prediction is refused by itself, a duplicate counts once', async () => {
    const { body } = await journey.call<{ id: string }>('POST', '/systems/parcels/predict', good)
    const outcome = { predictionId: body.id, outcome: true, observedAt: '2001-02-01T00:00:00Z' }
    const sent = await journey.call<{ results: { reason: string | null }[] }>('POST', '/systems/parcels/outcomes', {
      outcomes: [{ ...outcome, predictionId: 'nobody' }, outcome, outcome, { ...outcome, outcome: 'perhaps' }],
    })
    expect(sent).toMatchObject({
      status: 200,
      body: {
        counts: { accepted: 1, duplicate: 1, corrected: 0, outdated: 0, refused: 2 },
        results: [{ status: 'refused' }, { status: 'accepted' }, { status: 'duplicate' }, { status: 'refused' }],
      },
    })
    expect(sent.body.results[0]?.reason).toMatch(/nobody/)
    expect(sent.body.results[3]?.reason).toMatch(/perhaps/)
  })

  test('a system with mistakes is refused with the path, what is wrong and what would be right', async () => {
    const wrong = { ...system('wrong'), framing: { task: 'binary', target: 'late', outcomeAfter: 'tomorrow' } }
    const answer = await journey.call<{ code: string; detail: string }>('PUT', '/systems/wrong', {
      spec: wrong,
      baseFolder: journey.folder,
    })
    expect(answer.status).toBe(422)
    expect(answer.body.detail).toMatch(/framing\.outcomeAfter: .*such as '15m'/)
    expect(await journey.call('GET', '/systems/wrong')).toMatchObject({ status: 404 })
  })

  test('a system under another name is refused', async () => {
    const body = { spec: system('other'), baseFolder: journey.folder }
    expect(await journey.call('PUT', '/systems/another', body)).toMatchObject({
      status: 422,
      body: { code: 'loop/nameDiffers' },
    })
  })
})
