import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { declareInputs, GraphBuilder, type Field } from '#model'
import { numberColumn, openLake, seededRandom, stringColumn, type Column, type Lake, type Table } from '#platform'
import type { Expression } from './expression.ts'
import { declareExpression } from './expression-graph.ts'
import { parseRule } from './parse-rule.ts'
import { letterCases, type LetterCases } from './pattern-regex.ts'
import { resolveRule } from './resolve-rule.ts'
import { ruleValues } from './rule-values.ts'

const inputs: readonly Field[] = [
  { name: 'x', type: 'numeric' },
  { name: 'y', type: 'numeric' },
  { name: 'flag', type: 'boolean' },
  { name: 'moment', type: 'timestamp' },
  { name: 'a', type: 'categorical' },
  { name: 'b', type: 'text' },
]

const rowCount = 200
const random = seededRandom('table')
const pick = <T>(items: readonly T[]) => Array.from({ length: rowCount }, () => items[random.int(items.length)] as T)
const numbers = [null, 0, 1, -1, 2.5, -2.5, 0.1, 0.3, 15, 1e-30, -7, 1e30, 3.4e38, 16_777_217, 0.49999997]
const words = [null, '', 'k', 'K', 'K', 'ATL', 'atl', 'a%l', 'a_l', 'ab\nc', 'σας', 'ΣΑΣ', 'é', '日本', '1', '\\', '.*']
const moments = ['1970-01-01', '2000-02-29T23:59:59.999', '2001-01-01', '1899-12-31', '2024-12-30T05:06:07'].map(
  (iso) => Date.parse(iso.includes('T') ? `${iso}Z` : iso),
)
const table: Table = {
  rowCount,
  columns: {
    x: numberColumn(pick(numbers)),
    y: numberColumn(pick(numbers)),
    flag: numberColumn(pick([null, 0, 1])),
    moment: numberColumn(pick([null, ...moments])),
    a: stringColumn(pick(words)),
    b: stringColumn(pick(words)),
  },
}

/** Random rules as people could write them, of every construct whose last bit does not hang on a library. */
const { number, condition, text } = fc.letrec<{ number: string; condition: string; text: string }>((tie) => {
  const [number, condition, text] = [tie('number'), tie('condition'), tie('text')]
  const say = (parts: TemplateStringsArray, ...values: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.tuple(...values).map((texts) => parts.map((part, place) => `${part}${texts[place] ?? ''}`).join(''))
  const among = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts)
  const quoted = fc.constantFrom(...words.filter(Boolean)).map((word) => `'${word}'`)
  const pattern = fc
    .array(among('%', '_', 'a', 'K', 'σ', 'l', '\\', '.'), { minLength: 1, maxLength: 4 })
    .map((parts) => `'${parts.join('')}'`)
  const literal = among('0', '1', '-1', '2.5', '0.1', '15', '1e3', '16777217', 'null')
  return {
    number: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'rule' },
      among('x', 'y', '"X"'),
      literal,
      say`(${number} ${among('+', '-', '*', '/', '%')} ${number})`,
      say`${among('abs', 'floor', 'ceil', 'trunc', 'sign', 'round', 'sqrt', '-')}(${number})`,
      say`round(${number}, 1)`,
      say`cast(${number} as integer)`,
      say`${among('greatest', 'least', 'coalesce')}(${number}, ${number}, ${number})`,
      say`nullif(${number}, ${number})`,
      say`case when ${condition} then ${number} when ${condition} then ${number} else ${number} end`,
      say`cast(${condition} as float)`,
      say`${among('year', 'month', 'week', 'dayofyear', 'dayofweek', 'hour', 'second')}(moment)`,
    ),
    condition: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'rule' },
      among('flag', '(not flag)', 'true', 'null'),
      say`(${number} ${among('=', '<>', '<', '<=', '>', '>=', 'is distinct from')} ${number})`,
      say`(${number} ${among('between', 'not between')} ${number} and ${number})`,
      say`(${number} ${among('in', 'not in')} (${literal}, ${number}))`,
      say`(${condition} ${among('and', 'or', '=', 'is not distinct from')} ${condition})`,
      say`(not ${condition})`,
      say`(${condition} is ${among('null', 'not null', 'true', 'not false')})`,
      say`coalesce(${condition}, ${condition})`,
      say`case when ${condition} then ${condition} else ${condition} end`,
      say`(${text} ${among('=', '<>', 'is not distinct from')} ${text})`,
      say`(${text} ${among('in', 'not in')} (${quoted}, ${quoted}))`,
      say`(${text} ${among('like', 'not like', 'ilike', 'not ilike')} ${pattern})`,
      say`(${among('lower', 'upper')}(${text}) = ${quoted})`,
      say`${among('starts_with', 'ends_with', 'contains')}(${text}, ${quoted})`,
      say`(moment ${among('=', '<', '>=')} ${among("'2000-02-29'", "timestamp '2001-01-01 00:00:00'")})`,
      say`(${text} is null)`,
    ),
    text: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'rule' },
      among('a', 'b'),
      quoted,
      say`(${text} || ${text})`,
      say`coalesce(${text}, ${text})`,
      say`case when ${condition} then ${text} else ${text} end`,
    ),
  }
})

describe('declareExpression()', () => {
  let lake: Lake
  let folder: string
  let cases: LetterCases

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-expression-'))
    lake = await openLake({ folder, threads: 1, memoryMb: 256 })
    cases = await letterCases(lake, compared)
  })

  afterAll(async () => {
    lake.close()
    await rm(folder, { recursive: true })
  })

  test.each([
    ['conditions', condition, 300],
    ['numbers', number, 250],
    ['texts', text, 100],
  ])('gives in the runtime what DuckDB gives, for generated %s', async (_, rules, numRuns) => {
    await fc.assert(
      fc.asyncProperty(rules, async (sql) => {
        const expression = resolveRule({ sql, inputs }, await parseRule(lake, sql))
        expect(await runGraph(expression, cases)).toEqual(cells(await ruleValues(lake, expression, table)))
      }),
      { numRuns, seed: 7 },
    )
  })

  test.each([
    ['x > 0.1 and not (y <= 15 or flag)', 'three-valued logic, literals as 32-bit floats'],
    ['x not in (1, null, 15)', 'a missing value in a list'],
    ['round(x) + trunc(y) - abs(x) * sign(y)', 'rounding'],
    ['greatest(x, y) - least(x, 1)', 'extremes'],
    ["case a when 'K' then 1 when b then 2 end", 'a simple CASE'],
    ["a ilike 'k' or lower(b) = 'σας' or a like '_\\_%' escape '\\'", 'patterns'],
    ["a || b = 'kk'", 'joined texts'],
    ['year(moment) * 10 + week(moment) + isodow(moment)', 'the calendar'],
    ["moment between '1900-01-01' and timestamp '2001-01-01 00:00:00'", 'moments'],
    ['exp(-abs(y) / 100) + ln(abs(x) + 1) + sqrt(abs(x)) + abs(x) ^ 0.25', 'functions'],
    ['cast(x as integer) % 4', 'casts'],
    ['flag is distinct from (x > y)', 'distinct conditions'],
  ])('means what DuckDB means by the text as it stands: %s (%s)', async (sql) => {
    // Values that fit all of DuckDB's integers, so that its casts do not fail.
    const small = {
      ...table.columns,
      x: numberColumn(pick(numbers.slice(0, 9))),
      y: numberColumn(pick(numbers.slice(0, 9))),
    }
    const rows: Table = { rowCount, columns: small }
    const expression = resolveRule({ sql, inputs }, await parseRule(lake, sql))
    const ours = cells(await ruleValues(lake, expression, rows))
    await lake.putTable('plain', rows)
    const theirs = await lake.table(`select (${sql})::double as value from (
      select x::float as x, y::float as y, flag::boolean as flag, make_timestamp_ms(moment::bigint) as moment,
        nullif(a, '') as a, nullif(b, '') as b from plain)`)
    const wanted = cells(theirs.columns['value'] as Column)
    expect(ours).toEqual(wanted.map(nearly))
    expect(new Set(wanted).size).toBeGreaterThan(1)
  })
})

/** Compares every letter of the words in both cases. */
const compared: Expression = {
  kind: 'or',
  type: 'boolean',
  items: (['lower', 'upper'] as const).map((letters) => ({
    kind: 'match',
    type: 'boolean',
    of: { kind: 'column', type: 'text', name: 'a' },
    pattern: [{ text: `${words.join('')}${words.join('').toLowerCase()}` }],
    letters,
  })),
}

/** Runs the expression in onnxruntime; spread over the rows, for one without columns. */
async function runGraph(expression: Expression, cases: LetterCases): Promise<unknown[]> {
  const graph = new GraphBuilder('expression')
  declareInputs(graph, inputs)
  const { value, isFalse } = declareExpression(graph, expression, cases)
  const shape = graph.node('Shape', ['x'])
  const outputs = isFalse === undefined ? { value } : { value, isFalse }
  const type = { number: 'float', boolean: 'bool', text: 'string', moment: 'double' } as const
  for (const [name, tensor] of Object.entries(outputs)) {
    graph.node('Expand', [tensor, shape], { as: `${name}_out` })
    graph.output(`${name}_out`, type[expression.type], ['N', 1])
  }
  const session = await InferenceSession.create(graph.build({}), { logSeverityLevel: 3 })
  const found = await session.run(Object.fromEntries(inputs.map((input) => [input.name, feed(input)])))
  const [yes, no] = [found['value_out']?.data, found['isFalse_out']?.data] as unknown as ArrayLike<number | string>[]
  await session.release()
  return Array.from(yes as ArrayLike<number | string>, (cell, row) => {
    if (no) return cell ? 1 : no[row] ? 0 : null
    return cell === '' || Number.isNaN(cell) ? null : plain(cell)
  })
}

function feed({ name, type }: Field): Tensor {
  const column = table.columns[name] as Column
  if (column.kind === 'string')
    return new Tensor(
      'string',
      Array.from(column.codes, (code) => column.dictionary[code] ?? ''),
      [rowCount, 1],
    )
  const { values } = column
  return type === 'timestamp'
    ? new Tensor('float64', values, [rowCount, 1])
    : new Tensor('float32', Float32Array.from(values), [rowCount, 1])
}

function cells(column: Column): unknown[] {
  return column.kind === 'number'
    ? Array.from(column.values, (value) => (Number.isNaN(value) ? null : plain(value)))
    : Array.from(column.codes, (code) => (code < 0 ? null : column.dictionary[code]))
}

const nearly = (cell: unknown): unknown => (typeof cell === 'number' ? expect.closeTo(cell, 3) : cell)

/** Zero has no sign here. */
const plain = <T>(cell: T): T | 0 => (cell === 0 || Object.is(cell, -0) ? 0 : cell)
