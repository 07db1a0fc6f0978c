import { describe, expect, test } from 'vitest'
import { numberColumn, numbersOf, seededRandom, stringColumn, stringsOf, type Table } from '#platform'
import { permutationImportance } from './permutation-importance.ts'
import type { Truth } from './schema.ts'

const random = seededRandom('importance')
const rows = Array.from({ length: 3000 }, () => ({ x: random.normal(), noise: random.normal(), colour: random.int(2) }))
const table: Table = {
  rowCount: rows.length,
  columns: {
    x: numberColumn(rows.map((row) => row.x)),
    noise: numberColumn(rows.map((row) => row.noise)),
    colour: stringColumn(rows.map((row) => (row.colour === 1 ? 'red' : 'blue'))),
  },
}
const answer = (rows: Table): Float64Array => {
  const colours = stringsOf(rows, 'colour')
  return numbersOf(rows, 'x').map((x, row) => 2 * x + (colours[row] === 'red' ? 1 : 0))
}
const truth: Truth = { kind: 'numbers', values: answer(table) }
const options = {
  table,
  inputs: ['noise', 'colour', 'x'],
  predict: (rows: Table) => ({ kind: 'numbers' as const, values: answer(rows) }),
  task: 'regression' as const,
  truth,
  per: 1,
  primary: 'rmse',
  random: seededRandom(1),
}

describe('permutationImportance()', () => {
  test('ranks inputs by what the model loses without them, and gives none to an input it does not read', async () => {
    const found = await permutationImportance(options)
    expect(found.map(({ input }) => input)).toEqual(['x', 'colour', 'noise'])
    expect(found[2]).toEqual({ input: 'noise', value: 0, deviation: 0 })
  })

  test('measures the loss of a linear input as its spread between two random rows: √2 · 2 · σ', async () => {
    const [x] = await permutationImportance(options)
    expect(x?.value).toBeCloseTo(2 * Math.SQRT2, 0)
    expect(x?.deviation).toBeLessThan(0.1)
  })

  test('counts a rise of a metric that is better when lower, and a fall of the others, as a loss', async () => {
    const [first] = await permutationImportance({ ...options, primary: 'r2' })
    expect(first?.input).toBe('x')
    expect(first?.value).toBeGreaterThan(0.5)
  })

  test('gives the same answer again, on a sample too', async () => {
    const small = { ...options, maxRows: 200, repeats: 2 }
    expect(await permutationImportance(small)).toEqual(await permutationImportance(small))
  })

  test('refuses an input that the table lacks', async () => {
    await expect(permutationImportance({ ...options, inputs: ['size'] })).rejects.toThrow(RangeError)
  })
})
