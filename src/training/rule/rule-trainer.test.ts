import { describe, expect, test } from 'vitest'
import { openModel, type Field, type Scores } from '#model'
import { numberColumn, seededRandom, stringColumn, takeRows, type Table } from '#platform'
import { largestDifference } from '../largest-difference.ts'
import type { TrainingData } from '../schema.ts'
import { ruleTrainer } from './rule-trainer.ts'

const inputs: readonly Field[] = [
  { name: 'delay', type: 'numeric' },
  { name: 'Rate', type: 'numeric' },
  { name: 'late', type: 'boolean' },
  { name: 'moment', type: 'timestamp' },
  { name: 'origin', type: 'categorical' },
  { name: 'the note', type: 'text' },
]

const context = { random: seededRandom('rule') }

const table: Table = {
  rowCount: 12,
  columns: {
    delay: numberColumn([0, 15, 16, -3.5, null, 1e6, 0.1, 0.7, 2.5, -2.5, 1e-3, 7]),
    Rate: numberColumn([null, 0.1, 0.3, 2, -1, null, 0.1, 0, 0, 3, 88, 1000]),
    late: numberColumn([1, 0, null, 1, 0, 1, 1, 0, 0, null, 1, 0]),
    moment: numberColumn(
      ['2001-01-01', '2001-02-28T23:59:59.999', '2000-02-29T12:30:15', '1969-12-31T23:00:00'].flatMap((iso) => [
        Date.parse(`${iso}${iso.includes('T') ? 'Z' : ''}`),
        null,
        Date.parse('2024-12-30T06:07:08Z'),
      ]),
    ),
    origin: stringColumn(['ATL', 'atl', 'Kelvin K', null, '', 'a%b', 'a_b', 'ÀÉ', 'x\ny', 'ORD', 'ΣΑΣ', 'İi']),
    'the note': stringColumn(['late!', null, 'ATL', 'x', '', 'a.b', 'ORD', "it's", '(x', '\\', 'σας', 'I']),
  },
}

const numbers: TrainingData = {
  task: 'regression',
  inputs,
  table,
  target: { kind: 'numbers', values: Float64Array.from({ length: 12 }, (_, row) => row + 1) },
}

const binary: TrainingData = {
  ...numbers,
  task: 'binary',
  target: { kind: 'classes', classes: ['no', 'yes'], labels: Int32Array.of(1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0) },
}

async function predict(data: TrainingData, sql: string, calibrate = true): Promise<{ onnx: Scores; own: Scores }> {
  const fitted = await ruleTrainer.fit(data, { sql, calibrate }, context)
  const model = await openModel(fitted.onnx)
  const answer = { onnx: await model.predict(data.table), own: await fitted.predict(data.table) }
  await model.release()
  return answer
}

const positives = (scores: Scores): number[] =>
  Array.from((scores as { probabilities: Float64Array }).probabilities).filter((_, at) => at % 2 === 1)

const conditions = [
  'delay > 15',
  'delay >= 0.1 and delay <= 0.7',
  'delay = 0.1',
  "not (delay <> 7) or origin = 'ATL'",
  'late',
  'not late',
  'late = 1',
  'late is true',
  'late is not true',
  'late = (delay > 0)',
  'delay is null or rate is not null',
  'delay between 0 and rate',
  'delay not between 0 and 5',
  'delay in (15, 16, null)',
  'delay not in (15, 16)',
  "origin in ('ATL', 'ORD')",
  "origin not in ('ATL', null)",
  "origin like 'a%'",
  "origin like 'a\\%b' escape '\\'",
  "origin not like 'a_b'",
  "origin like 'x%y'",
  "origin ilike 'ATL'",
  "origin not ilike 'àé'",
  "lower(origin) = 'atl'",
  "lower(origin) = 'ATL'",
  "lower(origin) in ('kelvin k', 'ii')",
  "lower(origin) = 'σασ'",
  "upper(origin) like '%L'",
  "starts_with(origin, 'A') or ends_with(origin, 'b') or contains(\"the note\", '.')",
  'origin = "the note"',
  "origin || '-' || \"the note\" = 'ORD-x'",
  'origin is not distinct from "the note"',
  'delay is distinct from rate',
  "\"the note\" = 'it''s'",
  "moment >= timestamp '2001-01-01 00:00:00'",
  "moment < '2001-01-01'",
  "moment between date '2000-01-01' and date '2001-12-31'",
  "cast(moment as date) = date '2001-02-28'",
  'hour(moment) = 23',
  'extract(dow from moment) in (0, 1, 6)',
  'delay / rate > 1',
  'true',
  'null',
  '1 = 1.0',
  'case when delay > 15 then late when delay is null then false end',
  'coalesce(late, delay > 0)',
  "case origin when 'ATL' then true when 'ORD' then false end",
  'nullif(delay, 7) is null',
  "delay > '15'",
]

const values = [
  'delay',
  'delay + rate * 2 - 1',
  '-delay / 3',
  'delay % 4',
  'mod(delay, 0)',
  'delay / 0',
  '0 / delay',
  'abs(delay) + sign(rate)',
  'round(delay) + round(rate / 2)',
  'round(delay, 2)',
  'round(delay, -2)',
  'trunc(delay) + floor(rate) + ceil(delay / 7)',
  'sqrt(delay)',
  'exp(rate)',
  'exp(-delay)',
  'ln(delay)',
  'log10(rate)',
  'delay ^ 0.5',
  'power(delay, 2)',
  '1 / (1 + exp(-(0.3 * delay - 1.5)))',
  'greatest(delay, rate, 1)',
  'least(rate, delay)',
  'coalesce(rate, delay, 0)',
  'late::int + (delay > 0)::int',
  'cast(delay as integer)',
  'case when late then 1 else 0.25 end',
  "if(origin = 'ATL', 1, null)",
  'year(moment) + quarter(moment) * 10 + month(moment) + day(moment)',
  'week(moment) + dayofyear(moment) + isodow(moment) + minute(moment) + second(moment)',
  "hour(greatest(moment, timestamp '2001-01-01 06:00:00'))",
  '3',
  'null',
]

describe('a rule', () => {
  test.each(conditions)('as a condition is the same in DuckDB and in the file: %s', async (sql) => {
    const { onnx, own } = await predict(binary, sql, false)
    expect(largestDifference(onnx, own)).toBeLessThan(1e-6)
  })

  test.each(values)('as a number is the same in DuckDB and in the file: %s', async (sql) => {
    const { onnx, own } = await predict(numbers, sql)
    expect(largestDifference(onnx, own)).toBeLessThan(1e-6)
  })

  test('that is calibrated answers with the shares observed where it says yes, no and nothing', async () => {
    const { own } = await predict(binary, 'late')
    const late = table.columns['late'] as { values: Float64Array }
    const labels = (binary.target as { labels: Int32Array }).labels
    const share = (says: (value: number) => boolean): number => {
      const rows = [...late.values.keys()].filter((row) => says(late.values[row] as number))
      const positive = rows.filter((row) => labels[row] === 1).length
      return (positive + 5 / 12) / (rows.length + 1)
    }
    const expected = Array.from(late.values, (value) =>
      share((other) => other === value || (Number.isNaN(other) && Number.isNaN(value))),
    )
    expect(positives(own)).toEqual(expected.map((p) => expect.closeTo(p, 12)))
  })

  test('that is not calibrated is certain, and gives the overall share where it says nothing', async () => {
    const { own } = await predict(binary, 'late', false)
    expect(positives(own)).toEqual([1, 0, 5 / 12, 1, 0, 1, 1, 0, 0, 5 / 12, 1, 0])
  })

  test('weighs rows by their weights', async () => {
    const weights = Float64Array.from({ length: 12 }, (_, row) => (row === 0 ? 9 : 1))
    const { own } = await predict({ ...binary, weights }, 'true')
    expect(positives(own)[0]).toBeCloseTo(((9 + 4) / 20 + 9 + 4) / 21, 12)
  })

  test('as a probability is held to 0 and 1, with the overall share where it says nothing', async () => {
    const { own, onnx } = await predict(binary, 'delay / 10')
    expect(positives(own)).toEqual([
      0,
      1,
      1,
      0,
      5 / 12,
      1,
      ...[0.01, 0.07, 0.25, 0, 1e-4, 0.7].map((p) => expect.closeTo(p, 7)),
    ])
    expect(largestDifference(onnx, own)).toBeLessThan(1e-6)
  })

  test('as the name of a class answers with the classes observed under that name', async () => {
    const classes = ['near', 'far', 'lost']
    const labels = Int32Array.of(0, 0, 1, 0, 2, 1, 0, 0, 0, 0, 1, 2)
    const data: TrainingData = { ...binary, task: 'multiclass', target: { kind: 'classes', classes, labels } }
    const sql = "case when delay > 15 then 'far' when delay <= 15 then 'near' end"
    const { own, onnx } = await predict(data, sql)
    const shares = (count: number, of: readonly number[]): number[] =>
      [7 / 12, 3 / 12, 2 / 12].map((overall, k) => ((of[k] as number) + overall) / (count + 1))
    const probabilities = (own as { probabilities: Float64Array }).probabilities
    expect(Array.from(probabilities.slice(0, 3))).toEqual(shares(9, [7, 1, 1]).map((p) => expect.closeTo(p, 12)))
    expect(Array.from(probabilities.slice(6, 9))).toEqual(shares(2, [0, 2, 0]).map((p) => expect.closeTo(p, 12)))
    expect(Array.from(probabilities.slice(12, 15))).toEqual(shares(1, [0, 0, 1]).map((p) => expect.closeTo(p, 12)))
    expect(largestDifference(onnx, own)).toBeLessThan(1e-6)
    const certain = await predict(data, sql, false)
    expect(largestDifference(certain.onnx, certain.own)).toBeLessThan(1e-6)
  })

  test('as a number gives the mean of the target where it says nothing', async () => {
    const { own } = await predict(numbers, 'rate')
    expect((own as { values: Float64Array }).values.slice(0, 2)).toEqual(Float64Array.of(6.5, Math.fround(0.1)))
  })

  test('takes all inputs and any number of rows, none included, also when it reads no column', async () => {
    const fitted = await ruleTrainer.fit(binary, { sql: 'true', calibrate: true }, context)
    const model = await openModel(fitted.onnx)
    expect(model.signature.inputs).toEqual(inputs)
    const none = takeRows(table, [])
    expect(await model.predict(none)).toMatchObject({ probabilities: new Float32Array(0) })
    expect(await fitted.predict(none)).toMatchObject({ probabilities: new Float64Array(0) })
    await model.release()
  })
})

describe('ruleTrainer refuses', () => {
  test.each([
    ['', 'ruleSyntax', 'an empty rule'],
    ['delay >', 'ruleSyntax', 'an unfinished rule'],
    ['delay > 1; drop table x', 'ruleSyntax', 'two statements'],
    ['delay from flights', 'ruleSyntax', 'a query'],
    ['1) from (select 1', 'ruleSyntax', 'a query in disguise'],
    ['delai > 15', 'ruleColumn', 'an unknown column'],
    ['flights.delay > 15', 'ruleColumn', 'a column of a table'],
    ['current_date > moment', 'ruleColumn', 'the time of day, which is no input'],
    ['delay, rate', 'ruleUnsupported', 'two expressions'],
    ['count(*) > 1', 'ruleUnsupported', 'an aggregate'],
    ['sum(delay) over () > 1', 'ruleUnsupported', 'a window'],
    ['delay in (select 1)', 'ruleUnsupported', 'a subquery'],
    ['random() > 0.5', 'ruleUnsupported', 'a function that no model can have'],
    ["origin < 'M'", 'ruleUnsupported', 'the order of texts'],
    ["origin = ''", 'ruleUnsupported', 'the empty text, which is missing to a model'],
    ['origin like "the note"', 'ruleUnsupported', 'a pattern that is no literal'],
    ['lower(origin) = "the note"', 'ruleUnsupported', 'a case that cannot be compared beforehand'],
    ['lower(origin) is null', 'ruleUnsupported', 'a case that is not compared'],
    ['moment - moment > 1', 'ruleUnsupported', 'arithmetic of moments'],
    ['extract(epoch from moment) > 1', 'ruleUnsupported', 'an unknown part of a moment'],
    ["cast(delay as varchar) = '1'", 'ruleUnsupported', 'a number as text'],
    ['delay = origin', 'ruleType', 'a number compared with text'],
    ["delay > 'many'", 'ruleType', 'a number compared with a word'],
    ["moment > '2001-02-30'", 'ruleType', 'a day that does not exist'],
    ['moment', 'ruleResult', 'a moment'],
    ["case when late then 'maybe' end", 'ruleResult', 'an unknown class'],
  ])('%j with training/%s: %s', async (sql, code) => {
    await expect(ruleTrainer.fit(binary, { sql, calibrate: true }, context)).rejects.toMatchObject({
      code: `training/${code}`,
    })
  })

  test.each([
    [{ ...numbers }, 'delay > 15', 'a condition for a regression'],
    [{ ...binary, task: 'multiclass' as const }, 'delay > 15', 'a condition for several classes'],
  ])('what its task cannot use', async (data, sql) => {
    await expect(ruleTrainer.fit(data, { sql, calibrate: true }, context)).rejects.toMatchObject({
      code: 'training/ruleResult',
    })
  })

  test('with the place, and what would be right', async () => {
    const fit = (sql: string): Promise<unknown> => ruleTrainer.fit(binary, { sql, calibrate: true }, context)
    await expect(fit("delay > 15 and orign = 'ATL'")).rejects.toThrow(
      "Cannot compile the rule at character 16 (orign = 'ATL'): there is no input 'orign'; the inputs are delay, Rate, late, moment, origin, the note",
    )
    await expect(fit("'é' = origin or delai > 1")).rejects.toThrow('at character 17 (delai > 1)')
    await expect(fit('delay > 1 and soundex(origin) = 1')).rejects.toThrow(
      /at character 15 \(soundex\(origin\) = 1\): soundex\(\) cannot be put into a model; a rule can use comparisons/,
    )
    await expect(fit('delay > (1')).rejects.toThrow(/syntax error at end of input at the end$/)
  })
})
