import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  numberColumn,
  numbersOf,
  openLake,
  stringColumn,
  takeRows,
  type Column,
  type Lake,
  type Table,
} from '#platform'
import type { Truth } from '#evaluation'
import { profileTable, type Binning, type ColumnProfile } from '#quality'
import { monitorSchema } from '#system'
import { driftOf } from '../drift/drift-of.ts'
import { realisedPerformance } from '../realised-performance.ts'
import { chunkDrift } from './chunk-drift.ts'
import { doaneEdges } from './doane-edges.ts'
import { referenceThreshold } from './reference-threshold.ts'

const folder = '../shared/data/employment-ma'
const present = existsSync(join(folder, 'reference.pq'))

/** Published by NannyML (docs/example_notebooks/Quickstart.ipynb) for the first five, from its own rules for the others. */
const published = [
  { column: 'ANC', alerts: 37, threshold: 0.028663582 },
  { column: 'AGEP', alerts: 29, threshold: 0.043257224 },
  { column: 'RELP', alerts: 28, threshold: 0.048894866 },
  { column: 'MAR', alerts: 28 },
  { column: 'DREM', alerts: 28 },
  { column: 'DIS', alerts: 25 },
  { column: 'SCHL', alerts: 25 },
  { column: 'MIG', alerts: 9 },
  { column: 'MIL', alerts: 8 },
  { column: 'ESP', alerts: 5 },
  { column: 'DEAR', alerts: 4 },
  { column: 'CIT', alerts: 3 },
  { column: 'DEYE', alerts: 3 },
  { column: 'RAC1P', alerts: 3 },
  { column: 'SEX', alerts: 2 },
  { column: 'NATIVITY', alerts: 0 },
]

describe.skipIf(!present)(`the nannyml method set on ${folder} (skipped where it is absent)`, () => {
  let lake: Lake
  let scratch: string
  let reference: Table
  let analysis: Table

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'millrace-monitoring-'))
    lake = await openLake({ folder: scratch, threads: 1, memoryMb: 512 })
    reference = await lake.table(`select * from read_parquet('${folder}/reference.pq') order by id`)
    analysis = await lake.table(
      `select analysis.*, target.employed from read_parquet('${folder}/analysis.pq') analysis
       join read_parquet('${folder}/analysis_target.pq') target using (id) order by id`,
    )
  })
  afterAll(async () => {
    lake?.close()
    await rm(scratch, { recursive: true, force: true })
  })

  test.each(published)('raises $alerts alerts on $column', ({ column, alerts, threshold }) => {
    const [before, after] = [reference.columns[column] as Column, analysis.columns[column] as Column]
    const found = chunkDrift(before, after, { chunkRows: 5000 })
    expect([found.reference.length, found.analysis.length]).toEqual([14, 42])
    expect(found.alerts).toHaveLength(alerts)
    expect(found.threshold).toBeCloseTo(threshold ?? found.threshold, 8)
  })

  test('has the distances that driftOf() finds between profiles of the same columns', () => {
    for (const name of ['RELP', 'AGEP']) {
      const [before, after] = [reference.columns[name] as Column, analysis.columns[name] as Column]
      const field = { name, type: before.kind === 'number' ? ('numeric' as const) : ('categorical' as const) }
      const binning: Binning =
        before.kind === 'number'
          ? { column: name, kind: 'edges', edges: [...doaneEdges(before.values).slice(0, -1), 95] }
          : { column: name, kind: 'values', values: before.dictionary }
      const profiled = (table: Table): ColumnProfile =>
        profileTable(table, { fields: [field], binnings: [binning], startMs: 0, endMs: 1 })[0] as ColumnProfile
      const places = Int32Array.from({ length: 5000 }, (_, place) => 135_000 + place)
      const found = driftOf(profiled(reference), profiled(takeRows(analysis, places)), monitorSchema.parse({}))
      const chunks = chunkDrift(before, after, { chunkRows: 5000 })
      expect(found.statistic).toBeCloseTo(chunks.analysis[27] ?? NaN, 9)
      expect(chunks.alerts).toContain(27)
    }
  })

  test('finds the realised area under the curve of the published table, and its three alerts', () => {
    const areas = (table: Table): number[] => {
      const probabilities = numbersOf(table, 'predicted_probability')
      const labels = numbersOf(table, 'employed')
      return Array.from({ length: Math.ceil(table.rowCount / 5000) }, (_, chunk) => {
        const rows = probabilities.subarray(chunk * 5000, (chunk + 1) * 5000)
        const both = Float64Array.from({ length: 2 * rows.length }, (_, place) => {
          const probability = rows[place >> 1] as number
          return place % 2 === 1 ? probability : 1 - probability
        })
        const truth: Truth = {
          kind: 'classes',
          classes: ['no', 'yes'],
          labels: Int32Array.from(labels.subarray(chunk * 5000, (chunk + 1) * 5000)),
        }
        const scores = { kind: 'classes' as const, classes: ['no', 'yes'], probabilities: both }
        return realisedPerformance({ task: 'binary', scores, truth, per: 1 }).metrics['auc']?.value ?? NaN
      })
    }
    const realised = areas(analysis)
    const expected = [0.909653, 0.907069, 0.89949, 0.899057, 0.899939]
    expect(realised.slice(0, 5).map((area) => Number(area.toFixed(6)))).toEqual(expected)
    expect(realised[27]).toBeCloseTo(0.8035, 4)
    const { lower, upper } = referenceThreshold(areas(reference), { least: 0, most: 1 })
    expect([lower, upper].map((bound) => Number(bound.toFixed(6)))).toEqual([0.893363, 0.91339])
    expect(realised.flatMap((area, chunk) => (area < lower || area > upper ? [chunk] : []))).toEqual([19, 27, 28])
  })
})

describe('chunkDrift()', () => {
  test('puts values that the reference lacks into a bin of their own', () => {
    const reference = stringColumn(['a', 'b', 'a', 'b'])
    const { analysis } = chunkDrift(reference, stringColumn(['c', 'c', 'a', 'b']), { chunkRows: 2 })
    expect(analysis[0]).toBe(1)
    expect(analysis[1]).toBe(0)
    const numbers = chunkDrift(numberColumn([0, 1, 2, 3, 4, 5]), numberColumn([-1, 9]), { chunkRows: 2 })
    expect(numbers.analysis).toEqual([1])
  })
})

describe('doaneEdges()', () => {
  test('are those of numpy 2.4.6', () => {
    const values = Float64Array.from({ length: 50 }, (_, place) => place ** 2)
    expect(doaneEdges(values)).toEqual([
      0, 266.77777777777777, 533.5555555555555, 800.3333333333333, 1067.111111111111, 1333.888888888889,
      1600.6666666666665, 1867.4444444444443, 2134.222222222222, 2401,
    ])
  })

  test('are one bin around a constant', () => {
    expect(doaneEdges(Float64Array.from([3, 3, 3]))).toEqual([2.5, 3.5])
  })
})

describe('referenceThreshold()', () => {
  test('is the mean and three standard deviations (ddof 0), clipped', () => {
    expect(referenceThreshold([1, 3])).toEqual({ lower: -1, upper: 5 })
    expect(referenceThreshold([1, 3], { least: 0, most: 4, deviations: 2 })).toEqual({ lower: 0, upper: 4 })
  })

  test('refuses a reference without chunks', () => {
    expect(() => referenceThreshold([])).toThrow(expect.objectContaining({ code: 'monitoring/noCounts' }))
  })
})
