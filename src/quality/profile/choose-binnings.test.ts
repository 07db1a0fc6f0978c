import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FieldType } from '#model'
import { openLake, type Lake } from '#platform'
import type { Binning } from '../schema.ts'
import { chooseBinnings } from './choose-binnings.ts'
import { profileWindows } from './profile-windows.ts'

let folder: string
let lake: Lake
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binnings-'))
  lake = await openLake({ folder, threads: 1, memoryMb: 512 })
})
afterAll(async () => {
  lake.close()
  await rm(folder, { recursive: true })
})

/** The binning of the column `x` of a query. */
async function binsOf(sql: string, type: FieldType): Promise<readonly (number | string)[]> {
  const fields = [{ name: 'x', type }]
  const [binning] = (await chooseBinnings({ lake }, { relation: `(${sql})`, fields })) as [Binning]
  expect(binning.column).toBe('x')
  return binning.kind === 'edges' ? binning.edges : binning.values
}

describe('chooseBinnings()', () => {
  test.each([
    [
      'few numbers: edges between them',
      "select unnest([3, 1, 2, 2, null, 'nan'::double]) as x",
      [1, 1.5, 2.5, 3.000001],
    ],
    ['a constant: it has a bin of its own', 'select 7 as x from range(5)', [7, 7.000004]],
    ['zero alone', 'select 0.0::double as x', [0, 5e-7]],
    ['no value: one bin', 'select null::double as x from range(3)', []],
    ['no row: one bin', 'select 1 as x where false', []],
  ])('for %s', async (_reason, sql, edges) => {
    expect(await binsOf(sql, 'numeric')).toEqual(edges)
  })

  test('for many numbers makes 20 bins with as many rows each, between the least and just above the greatest', async () => {
    const edges = (await binsOf('select (i * 7919 % 100000) / 10 as x from range(100000) t(i)', 'numeric')) as number[]
    expect(edges).toHaveLength(21)
    expect(edges[0]).toBe(0)
    expect(edges[20]).toBeGreaterThan(9999.9)
    expect(edges[20]).toBeLessThan(9999.92)
    for (const [place, edge] of edges.entries()) expect(Math.abs(edge - 500 * place)).toBeLessThan(10)
  })

  test('gives a frequent number a bin of its own', async () => {
    const edges = await binsOf('select if(i % 2 = 0, 50.0, i / 100)::double as x from range(10000) t(i)', 'numeric')
    const place = edges.indexOf(50.005)
    expect(edges[place - 1]).toBe(49.995)
  })

  test('for moments makes 20 spans of equal length', async () => {
    const edges = await binsOf(
      "select timestamp '2001-01-01' + to_hours(unnest([0, 7, 40])) as x union all select null",
      'timestamp',
    )
    const start = Date.UTC(2001, 0, 1)
    expect(edges).toHaveLength(21)
    expect(edges.slice(0, 2)).toEqual([start, start + 7_200_001])
    expect(edges.at(-1)).toBe(start + 40 * 3_600_000 + 1)
  })

  test('for moments that are epoch milliseconds already', async () => {
    expect(await binsOf('select 5.0::double as x', 'timestamp')).toEqual([5, 6])
  })

  test('for booleans makes one edge', async () => {
    expect(await binsOf('select null::boolean as x', 'boolean')).toEqual([0.5])
  })

  test('for categories takes the most frequent, ties by name, and neither null nor the empty text', async () => {
    const sql = "select unnest(['b', 'c', 'a', 'c', '', '', '', null, null]) as x"
    expect(await binsOf(sql, 'categorical')).toEqual(['c', 'a', 'b'])
    expect(await binsOf('select null::varchar as x', 'categorical')).toEqual([])
  })

  test('for categories takes no more than 100', async () => {
    const values = await binsOf('select (i % 300)::varchar as x from range(1000) t(i)', 'categorical')
    expect(values).toHaveLength(100)
    expect(values.slice(0, 3)).toEqual(['0', '1', '10'])
  })

  test('for categories that SQL text cannot hold, counts them as others', async () => {
    const sql = "select unnest(['a', 'b' || chr(0)]) as x"
    expect(await binsOf(sql, 'categorical')).toEqual(['a'])
  })

  test('for text makes edges of its length in characters', async () => {
    expect(await binsOf("select unnest(['é', 'abc', '', null]) as x", 'text')).toEqual([1, 2, 3.000001])
    expect(await binsOf("select '' as x", 'text')).toEqual([])
  })

  test('makes bins for real flights that each hold about a twentieth, and the same ones again', async () => {
    const relation = "'node_modules/vega-datasets/data/flights-3m.parquet'"
    const fields = ['delay', 'distance'].map((name) => ({ name, type: 'numeric' as const }))
    const binnings = await chooseBinnings({ lake }, { relation, fields })
    expect(await chooseBinnings({ lake }, { relation, fields })).toEqual(binnings)
    const profiles = await profileWindows({ lake }, { relation, fields, binnings })
    for (const { counts, rows } of profiles) {
      expect(rows).toBe(3_000_000)
      expect(counts.at(0)).toBe(0)
      expect(counts.at(-1)).toBe(0)
      for (const count of counts.slice(1, -1)) expect(Math.abs(count / rows - 0.05)).toBeLessThan(0.025)
    }
  })
})
