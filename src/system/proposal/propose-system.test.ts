import * as fc from 'fast-check'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLake, type Lake } from '#platform'
import { loadSystemFile } from '../loading/load-system-file.ts'
import { proposeSystem } from './propose-system.ts'
import type { ColumnSniff, FileSniff } from './sniff.ts'

let folder: string
let lake: Lake
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'propose-'))
  lake = await openLake({ folder, threads: 1, memoryMb: 256 })
})
afterAll(async () => {
  lake.close()
  await rm(folder, { recursive: true })
})

const nowMs = Date.UTC(2026, 10, 21)
let count = 0
const loaded = async (file: FileSniff, name = 'my system') => {
  const path = join(folder, `p${count++}.system.ts`)
  await writeFile(path, proposeSystem({ name, file, nowMs }))
  const { spec, warnings } = await loadSystemFile(path, { nowMs })
  expect(warnings).toEqual([])
  return spec
}
/** The columns that the proposed SQL gives of a table with the file's columns. */
const selected = (file: FileSniff, { source, sql }: { source: string; sql: string }) =>
  lake.session(async (session) => {
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    const columns = file.columns.map(({ name, type }) => `${quoted(name)} ${type}`)
    await session.run(`create or replace temp table ${source} (${columns.join(', ')})`)
    return (await session.describe(sql)).map(({ name, type }) => `${name} ${type}`)
  })

const column = (name: string, type: string, more: Partial<ColumnSniff> = {}): ColumnSniff => ({
  name,
  type,
  nulls: 0,
  ...more,
})

test('proposeSystem() for customers who may leave: a binary task over time, with checks that the file passes', async () => {
  const file: FileSniff = {
    kind: 'csv',
    path: 'data/customers.csv',
    rows: 1000,
    delimiter: ';',
    columns: [
      column('customer_id', 'VARCHAR', { distinct: 1000, sample: ['c1', 'c2'] }),
      column('signed_up_at', 'TIMESTAMP', { distinct: 900, min: '2026-01-01T00:00:00Z', max: '2026-04-11T00:00:00Z' }),
      column('plan', 'VARCHAR', { distinct: 3, values: ['pro', 'basic', "owner's"], nulls: 4 }),
      column('age', 'BIGINT', { distinct: 60, min: 18, max: 88 }),
      column('country', 'VARCHAR', { distinct: 1, values: ['UK'] }),
      column('notes', 'VARCHAR', {
        distinct: 800,
        sample: ['Called twice about the bill', 'Wants to leave us soon'],
        nulls: 200,
      }),
      column('churned', 'VARCHAR', { distinct: 2, values: ['no', 'yes'] }),
    ],
  }
  const spec = await loaded(file, 'Customer Churn!')
  expect(spec).toMatchObject({
    name: 'customer-churn',
    objective: { by: '2027-05-22' },
    framing: { task: 'binary', target: 'churned', positive: 'yes', time: 'signed_up_at', entity: ['customer_id'] },
    sources: { customers: { kind: 'csv', path: 'data/customers.csv', time: 'signed_up_at', delimiter: ';' } },
    dataset: { inputs: ['plan', 'age', 'notes'], types: { notes: 'text' } },
    evaluation: { split: { kind: 'time', holdout: '20d' } },
    monitor: { window: '7d' },
  })
  expect(spec.candidates.map(({ kind }) => kind)).toEqual(['majority', 'logistic', 'boosted-trees'])
  expect(spec.checks).toEqual([
    { kind: 'row-count', min: 500, mostly: 1, severity: 'warn' },
    { kind: 'not-null', column: 'customer_id', mostly: 1, severity: 'warn' },
    { kind: 'unique', columns: ['customer_id'], mostly: 1, severity: 'warn' },
    { kind: 'not-null', column: 'signed_up_at', mostly: 1, severity: 'quarantine' },
    { kind: 'in-set', column: 'plan', values: ['basic', "owner's", 'pro'], mostly: 1, severity: 'warn' },
    { kind: 'not-null', column: 'age', mostly: 1, severity: 'warn' },
    { kind: 'between', column: 'age', min: 4, max: 102, mostly: 1, severity: 'warn' },
    { kind: 'not-null', column: 'country', mostly: 1, severity: 'warn' },
    { kind: 'in-set', column: 'country', values: ['UK'], mostly: 1, severity: 'warn' },
    { kind: 'not-null', column: 'churned', mostly: 1, severity: 'quarantine' },
    { kind: 'in-set', column: 'churned', values: ['no', 'yes'], mostly: 1, severity: 'warn' },
  ])
})

test.each<[string, FileSniff['columns'], object]>([
  [
    'a text in many classes, without time',
    [
      column('text', 'VARCHAR', { distinct: 99, sample: ['I am still waiting', 'Where is my new card'] }),
      column('category', 'VARCHAR', { distinct: 77 }),
    ],
    {
      framing: { task: 'multiclass', target: 'category' },
      evaluation: { split: { kind: 'random' } },
      candidates: [{ kind: 'majority' }, { kind: 'logistic' }],
    },
  ],
  [
    'a number that is measured',
    [column('rooms', 'BIGINT', { distinct: 8 }), column('price', 'DOUBLE', { distinct: 90, min: 1, max: 5 })],
    {
      framing: { task: 'regression', target: 'price', cost: { under: 1, over: 1 } },
      candidates: [{ kind: 'mean' }, { kind: 'linear' }, { kind: 'boosted-trees' }],
    },
  ],
  [
    'no name that says target: the last column of few values',
    [column('a', 'BOOLEAN'), column('b', 'BIGINT', { distinct: 3 }), column('c', 'DOUBLE', { distinct: 90 })],
    {
      framing: { task: 'multiclass', target: 'b' },
      dataset: { sql: 'select\n  a,\n  c,\n  cast(b as varchar) as b\nfrom f' },
    },
  ],
  [
    'a target of two numbers',
    [column('a', 'DOUBLE', { distinct: 90 }), column('class', 'INTEGER', { distinct: 2, values: [2, 4] })],
    { framing: { task: 'binary', target: 'class' }, dataset: { sql: 'select\n  a,\n  class = 4 as class\nfrom f' } },
  ],
  [
    'a target of 0 and 1',
    [column('a', 'DOUBLE', { distinct: 90 }), column('y', 'BIGINT', { distinct: 2, values: [0, 1] })],
    { framing: { task: 'binary', target: 'y' }, dataset: { sql: 'select\n  a,\n  y\nfrom f' } },
  ],
  [
    'an input that is called like an answer of models',
    [column('prediction', 'DOUBLE', { distinct: 90 }), column('target', 'BOOLEAN')],
    { dataset: { sql: 'select\n  prediction as given_prediction,\n  target\nfrom f' } },
  ],
  ['a single column', [column('a', 'BOOLEAN')], { framing: { target: 'a' } }],
  [
    'moments that span too little to split by',
    [column('day', 'DATE', { min: '2026-01-01', max: '2026-01-03' }), column('late', 'BOOLEAN')],
    { framing: { time: 'day', target: 'late' }, evaluation: { split: { kind: 'random' } } },
  ],
  [
    'columns of which nobody knows more than the type',
    [column('b', 'VARCHAR'), column('x', 'DOUBLE')],
    { framing: { task: 'regression', target: 'x' } },
  ],
])('proposeSystem() takes %s', async (_, columns, expected) => {
  const file: FileSniff = { kind: 'parquet', path: '/data/f.parquet', rows: 100, columns }
  expect(await loaded(file)).toMatchObject(expected)
})

test('proposeSystem() tells written text from chosen by the rows of the file', async () => {
  const columns = [
    column('text', 'VARCHAR', { distinct: 90 }),
    column('shop', 'VARCHAR', { distinct: 90 }),
    column('late', 'BOOLEAN'),
  ]
  const sample = [{ text: 'Where is my new card', shop: 'Queens', late: true }]
  const spec = await loaded({ kind: 'csv', path: 'f.csv', rows: 100, columns, sample })
  expect(spec.dataset.types).toEqual({ text: 'text' })
})

test('proposeSystem() of any names, types and figures loads, validates, and selects what it names', async () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).filter((text) => !text.includes('\0')),
    fc.constantFrom('order', "it's", '`${x}`', 'a\\b', '"', '// */', 'Select', 'a b', 'ä', '\u2028', 'sql`', '{}'),
  )
  const columns = fc
    .uniqueArray(
      fc.record({
        name,
        type: fc.constantFrom(
          'BIGINT',
          'DOUBLE',
          'BOOLEAN',
          'VARCHAR',
          'TIMESTAMP',
          'DATE',
          'INTEGER[]',
          'DECIMAL(9,2)',
        ),
        nulls: fc.nat(20),
        distinct: fc.option(fc.nat(30), { nil: undefined }),
        min: fc.option(fc.double({ noNaN: true }), { nil: undefined }),
        max: fc.option(fc.double({ noNaN: true }), { nil: undefined }),
        values: fc.option(fc.uniqueArray(fc.string({ unit: 'binary' }), { maxLength: 5 }), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 6, selector: (one) => one.name.toLowerCase() },
    )
    .map((others): ColumnSniff[] => [...others, column('plain', 'BIGINT')])
  const kinds = fc.constantFrom('csv', 'parquet', 'json', 'ndjson')
  const file = fc.record({ kind: kinds, path: name.map((text) => `data/${text}.x`), rows: fc.nat(30), columns })
  await fc.assert(
    fc.asyncProperty(file, name, async (sniff, systemName) => {
      const spec = await loaded(sniff, systemName)
      const [source] = Object.keys(spec.sources) as [string]
      const given = await selected(sniff, { source, sql: spec.dataset.sql })
      const names = given.map((text) => text.slice(0, text.lastIndexOf(' ')))
      expect(names).toEqual(
        expect.arrayContaining([spec.framing.target, ...spec.framing.entity, ...(spec.dataset.inputs ?? [])]),
      )
    }),
    { numRuns: 8, seed: 7, endOnFailure: true },
  )
})

test('proposeSystem() refuses a file without columns', () => {
  const file: FileSniff = { kind: 'csv', path: 'a.csv', rows: 0, columns: [] }
  expect(() => proposeSystem({ name: 'a', file, nowMs })).toThrow(RangeError)
})
