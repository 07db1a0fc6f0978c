import { partsOf, textAt, type Syntax } from '../sql/syntax.ts'
import type { SourceColumns } from '../schema.ts'
import { compileLiteral, literalMoment, literalValue } from './compile-literal.ts'
import { integerTypes } from './integer-range.ts'
import { sourceColumn } from './source-column.ts'
import { isLeftToSql, type SourceRow, type Value } from './value.ts'

/**
 * Rows to try a SELECT with: by column what is at the edges of its type, what the SQL itself compares with, and nothing.
 * Columns go through their values at different paces, so that values of two columns meet in many ways.
 */
export function madeUpRows({ columns }: SourceColumns, statement: Syntax): readonly SourceRow[] {
  const written = literalsOf(statement)
  const values = columns.map(({ type }) => valuesOf(type, written))
  return Array.from({ length: count }, (_, row) =>
    values.map((of, place) => of[(row * (paces[place % paces.length] as number) + place) % of.length] ?? null),
  )
}

const count = 64
const paces = [1, 3, 5, 7, 11, 13]

function valuesOf(type: string, written: readonly Value[]): readonly Value[] {
  const range = integerTypes.get(type)
  const numbers = written.filter((value) => typeof value === 'number')
  if (range) {
    const near = numbers.flatMap((value) => [Math.floor(value), Math.floor(value) + 1])
    const [least, most] = range
    return [
      null,
      ...new Set([
        0,
        1,
        7,
        100,
        least,
        most,
        ...near.filter((value) => value >= least && value <= most),
        -3 < least ? 3 : -3,
      ]),
    ]
  }
  switch (sourceColumn(type)?.kind) {
    case 'double':
      return [null, 0, 0.1, -2.5, 2.5, 1e308, -1e308, 5e-324, 1 / 3, ...numbers, ...numbers.map((value) => value + 0.5)]
    case 'boolean':
      return [null, true, false]
    case 'moment':
    case 'date':
      return [null, ...moments, ...written.flatMap(momentsOf)]
    case 'text':
      return [null, ...texts, ...written.filter((value) => typeof value === 'string')]
    default:
      return [null]
  }
}

const texts = ['', 'a', 'ABC', 'abc def', "it's", 'ärger', 'ﬁn İ', '😀', '日本', '100%', 'a_b', '\n', ' ', '0']

const moments = [
  '0001-01-01T00:00:00Z',
  '1899-12-31T23:59:59.999Z',
  '1969-12-31T23:59:59.999Z',
  '1970-01-01T00:00:00Z',
  '2000-02-29T12:34:56.789Z',
  '2024-12-29T00:00:00Z',
  '2027-03-31T06:00:00Z',
  '9999-12-31T23:59:59.999Z',
].map((text) => Date.parse(text))

/** Constants that stand in the SQL. */
function literalsOf(statement: Syntax): readonly Value[] {
  const constants = [...partsOf(statement)].filter((part) => textAt(part, 'class') === 'CONSTANT')
  return [...new Set(constants.flatMap((part) => orNothing(() => [literalValue(compileLiteral(part))])))]
}

const momentsOf = (text: Value): readonly number[] =>
  orNothing(() => [literalMoment(text, 'moment'), literalMoment(text, 'moment') - 1])

function orNothing<T>(make: () => readonly T[]): readonly T[] {
  try {
    return make()
  } catch (error) {
    if (isLeftToSql(error)) return []
    throw error
  }
}
