import { cellOf, numbersOf, stringsOf, type Column } from '#platform'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildDataset } from '../build/build-dataset.ts'
import { openTestWorkspace, relationOf, testSystem, type TestWorkspace } from '../fixtures/test-workspace.ts'
import type { Dataset } from '../schema.ts'
import { readExamples } from './read-examples.ts'

let opened: TestWorkspace
let dataset: Dataset
let untimed: Dataset

const day = 86_400_000
const start = Date.parse('2001-01-01')

beforeAll(async () => {
  opened = await openTestWorkspace()
  const { workspace } = opened
  const rows = Array.from({ length: 20 }, (_, at) => [
    new Date(start + (at * day) / 2).toISOString().slice(0, -1),
    at % 5 === 4 ? null : at % 3 === 0,
    at % 4 === 3 ? null : `place ${at % 4}`,
    at,
    at / 10,
    `slice ${at % 2}`,
  ])
  const columns = ['date timestamp', 'late boolean', 'place varchar', 'n bigint', 'w double', 's varchar']
  const system = testSystem(
    { task: 'binary', target: 'late', time: 'date', outcomeAfter: '1d', entity: ['n'] },
    { sql: 'select * from events', inputs: ['place', 'date'], weight: 'w' },
  )
  const sources = { events: relationOf(columns, rows) }
  dataset = await buildDataset(workspace, { system, sources })
  const without = testSystem({ task: 'multiclass', target: 'place' }, { sql: 'select n, place from events' }, 'untimed')
  untimed = await buildDataset(workspace, { system: without, sources })
})
afterAll(() => opened.close())

const read = (options: Parameters<typeof readExamples>[2] = {}) => readExamples(opened.workspace, dataset, options)

describe('readExamples()', () => {
  test('gives inputs, entity and what is asked for, by row', async () => {
    const { table, times, weights } = await read({ columns: ['s'], toMs: start + 2 * day })
    expect(Object.keys(table.columns)).toEqual(['place', 'date', 'n', 's'])
    expect(stringsOf(table, 'place')).toEqual(['place 0', 'place 1', 'place 2', null])
    expect(stringsOf(table, 's')).toEqual(['slice 0', 'slice 1', 'slice 0', 'slice 1'])
    expect([...numbersOf(table, 'n')]).toEqual([0, 1, 2, 3])
    expect([...numbersOf(table, 'date')]).toEqual([...(times ?? [])])
    expect([...(weights ?? [])]).toEqual([0, 0.1, 0.2, 0.3])
  })

  test('takes the first moment in and the last one not', async () => {
    const { times, rowNumbers } = await read({ fromMs: start + day, toMs: start + 2 * day })
    expect([...(times ?? [])]).toEqual([start + day, start + 1.5 * day])
    expect([...rowNumbers]).toEqual([2, 3])
  })

  test('spans that touch give every row once', async () => {
    const edges = [0, 0.5, 1.25, 5, 9, 10].map((days) => start + days * day)
    const parts = await Promise.all(edges.slice(1).map((toMs, place) => read({ fromMs: edges[place], toMs })))
    expect(parts.flatMap((part) => [...part.rowNumbers])).toEqual(Array.from({ length: 20 }, (_, row) => row))
  })

  test('gives each outcome that was known at the moment, and no other', async () => {
    const knownAtMs = start + 4 * day
    const { target, known, rowNumbers } = await read({ knownAtMs })
    const labels = target.kind === 'classes' ? [...target.labels] : []
    expect(target).toMatchObject({ kind: 'classes', classes: ['false', 'true'] })
    const expected = [...rowNumbers].map((row) => {
      const isKnown = start + (row * day) / 2 + day <= knownAtMs && row % 5 !== 4
      return isKnown ? Number(row % 3 === 0) : -1
    })
    expect(labels).toEqual(expected)
    expect([...known]).toEqual(expected.map((label) => Number(label >= 0)))
    expect(known.reduce((sum, one) => sum + one, 0)).toBe(6)
  })

  test('leaves out rows without a known outcome where only known ones are asked for', async () => {
    for (const knownAtMs of [undefined, start - day, start + 4 * day, start + 4 * day - 1]) {
      const all = await read({ knownAtMs })
      const known = await read({ knownAtMs, onlyKnown: true })
      expect([...known.rowNumbers]).toEqual([...all.rowNumbers].filter((_, row) => all.known[row] === 1))
      expect(known.known.every((one) => one === 1)).toBe(true)
    }
  })

  test('samples exactly as many rows as allowed, in order of time, the same for the same seed', async () => {
    const sample = (seed: number) => read({ maxRows: 7, seed, onlyKnown: true }).then((one) => [...one.rowNumbers])
    const first = await sample(1)
    expect(first).toHaveLength(7)
    expect(first).toEqual([...new Set(first)].sort((a, b) => a - b))
    expect(await sample(1)).toEqual(first)
    expect(await sample(2)).not.toEqual(first)
    const [some, all] = [await read({ maxRows: 7, seed: 1 }), await read()]
    for (const [place, row] of some.rowNumbers.entries())
      expect(stringsOf(some.table, 'place')[place]).toBe(stringsOf(all.table, 'place')[row])
  })

  test('does not sample where there are no more rows than allowed', async () => {
    expect((await read({ maxRows: 16, onlyKnown: true })).table.rowCount).toBe(16)
    expect((await read({ maxRows: 0 })).table.rowCount).toBe(0)
  })

  test('takes the order of classes from the caller', async () => {
    const { target } = await read({ targets: { classes: ['true', 'maybe'] } })
    expect(target).toMatchObject({ classes: ['true', 'maybe'] })
    expect(target.kind === 'classes' && [...target.labels].slice(0, 4)).toEqual([0, -1, -1, 0])
  })

  test('reads a dataset without a time, as it came', async () => {
    const { times, target, known, table } = await readExamples(opened.workspace, untimed, { knownAtMs: start })
    expect(times).toBeNull()
    expect(target).toMatchObject({ kind: 'classes', classes: ['place 0', 'place 1', 'place 2'] })
    expect(target.kind === 'classes' && [...target.labels].slice(0, 5)).toEqual([0, 1, 2, -1, 0])
    expect([...known].slice(0, 5)).toEqual([1, 1, 1, 0, 1])
    expect([...numbersOf(table, 'n')].slice(0, 3)).toEqual([0, 1, 2])
  })

  test('keeps every null in its place, over many rows and types', async () => {
    const sql = `select i, if(i % 7 = 3, null, i / 4) as d, if(i % 5 = 1, null, cast(i as float)) as f, if(i % 3 = 0, null, i % 2 = 0) as b,
      if(i % 11 = 0, null, timestamp '2001-01-01' + interval (i) second) as t, if(i % 13 < 9, null, 'v' || i % 4) as s, i % 2 as late from events`
    const system = testSystem({ task: 'regression', target: 'late' }, { sql }, 'nulls')
    const nulls = await buildDataset(opened.workspace, {
      system,
      sources: { events: '(select i from range(5000) r(i))' },
    })
    const { table } = await readExamples(opened.workspace, nulls)
    const cells = (name: string) => Array.from({ length: 5000 }, (_, row) => cellOf(table.columns[name] as Column, row))
    const rows = Array.from({ length: 5000 }, (_, row) => row)
    expect(cells('d')).toEqual(rows.map((i) => (i % 7 === 3 ? null : i / 4)))
    expect(cells('f')).toEqual(rows.map((i) => (i % 5 === 1 ? null : i)))
    expect(cells('b')).toEqual(rows.map((i) => (i % 3 === 0 ? null : Number(i % 2 === 0))))
    expect(cells('t')).toEqual(rows.map((i) => (i % 11 === 0 ? null : start + i * 1000)))
    expect(cells('s')).toEqual(rows.map((i) => (i % 13 < 9 ? null : `v${i % 4}`)))
  })

  test('refuses a span of time where there is none, and a column that is not there', async () => {
    await expect(readExamples(opened.workspace, untimed, { fromMs: 0 })).rejects.toMatchObject({
      code: 'dataset/noTime',
    })
    await expect(read({ columns: ['palce'] })).rejects.toMatchObject({
      code: 'dataset/unknownColumn',
      message: expect.stringContaining("did you mean 'place'?"),
    })
  })
})
