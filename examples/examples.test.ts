import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLake, quoteText, type Lake } from '#platform'
import { loadSystemFile, type LoadedSystem } from '#system'

let folder: string
let lake: Lake
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'examples-'))
  lake = await openLake({ folder, threads: 1, memoryMb: 512 })
})
afterAll(async () => {
  lake.close()
  await rm(folder, { recursive: true })
})

describe.each([
  ['flight-delay', Date.UTC(2001, 1, 1), 'node_modules/vega-datasets/data/flights-3m.parquet'],
  ['support-routing', Date.UTC(2027, 0, 1), '../shared/data/banking77/train.csv'],
  ['taxi', Date.UTC(2018, 6, 1), '../shared/data/nyc-taxi/2020-12.csv'],
])('examples/%s', (name, nowMs, file) => {
  let loaded: LoadedSystem
  beforeAll(async () => {
    loaded = await loadSystemFile(`examples/${name}`, { nowMs })
  })

  test('loads without a warning', () => {
    expect(loaded).toMatchObject({ spec: { name }, warnings: [] })
  })

  test.skipIf(!existsSync(file))(`finds its columns and data (skipped where ${file} is absent)`, async () => {
    const { framing, sources, dataset, evaluation, checks } = loaded.spec
    const [[source, { kind, path }]] = Object.entries(sources) as unknown as [[string, { kind: string; path: string }]]
    expect(resolve(loaded.baseFolder, path.replace('*.csv', '2020-12.csv'))).toBe(resolve(file))
    const read = kind === 'csv' ? 'read_csv' : 'read_parquet'
    await lake.run(`create view ${source} as from ${read}(${quoteText(file)})`)
    const raw = (await lake.describe(`from ${source}`)).map((column) => column.name)
    const rows = (await lake.describe(dataset.sql)).map((column) => column.name)
    const past = dataset.history.flatMap((history) => history.over.map((span) => `${history.name}_${span}`))
    const asked = [framing.target, framing.time ?? framing.target, ...framing.entity, ...evaluation.slices]
    expect(rows).toEqual(expect.arrayContaining([...asked, ...dataset.history.flatMap((h) => [h.of, ...h.by])]))
    expect([...rows, ...past]).toEqual(expect.arrayContaining([...(dataset.inputs ?? [])]))
    expect(raw).toEqual(
      expect.arrayContaining(checks.flatMap((check) => ('column' in check && check.column ? [check.column] : []))),
    )
    for (const check of checks)
      if (check.kind === 'sql') await lake.run(`select count(*) filter (${check.condition}) from ${source} limit 1`)
  })
})
