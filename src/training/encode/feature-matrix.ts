import { numbersOf } from '#platform'
import type { StringColumn, Table } from '#platform'
import { categoryPlaces } from './category-encoder.ts'
import { expandTimestamp } from './expand-timestamp.ts'
import type { FeatureEncoder } from './feature-encoder.ts'
import { encodeNumbers } from './number-encoder.ts'
import type { SparseRows } from './sparse-rows.ts'
import { encodeText } from './text-encoder.ts'
import { encodeTrend } from './timestamp-encoder.ts'

/** The features of a table, each kind held in the form that is quickest to multiply. */
export interface FeatureMatrix {
  readonly rowCount: number
  readonly width: number
  /** Numbers and trends, row-major [rowCount × denseCount]: features 0 to denseCount − 1. */
  readonly dense: Float64Array
  readonly denseCount: number
  /** Place of the feature that is 1, row-major [rowCount × codedCount]; `width` where none is. */
  readonly coded: Int32Array
  readonly codedCount: number
  /** Terms of the texts, at their places among all features. */
  readonly sparse: SparseRows
}

/**
 * Encodes a table; equal to what `projectNodes` computes with.
 * @param textRows rows of each text where they are at hand; made by `encodeText` where absent
 */
export function encodeFeatures(encoder: FeatureEncoder, table: Table, textRows?: readonly SparseRows[]): FeatureMatrix {
  return {
    rowCount: table.rowCount,
    width: encoder.width,
    ...encodeDense(encoder, table),
    ...encodeCoded(encoder, table),
    sparse: joinTexts(
      encoder,
      table,
      textRows ?? encoder.texts.map((text) => encodeText(text, textsOf(table, text.input))),
    ),
  }
}

function encodeDense(encoder: FeatureEncoder, table: Table): Pick<FeatureMatrix, 'dense' | 'denseCount'> {
  const stride = encoder.denseWidth
  const dense = new Float64Array(table.rowCount * stride)
  let place = 0
  for (const number of encoder.numbers) {
    encodeNumbers(number, numbersIn(table, number.input), { dense, place, stride })
    place += number.hasFlag ? 2 : 1
  }
  for (const { input, trend } of encoder.timestamps) {
    if (!trend) continue
    const { day } = expandTimestamp(numbersIn(table, input))
    for (let row = 0; row < table.rowCount; row++) dense[row * stride + place] = encodeTrend(trend, day[row] as number)
    place++
  }
  return { dense, denseCount: stride }
}

function encodeCoded(encoder: FeatureEncoder, table: Table): Pick<FeatureMatrix, 'coded' | 'codedCount'> {
  const { categories, timestamps, width: none } = encoder
  const codedCount = categories.length + timestamps.reduce((count, { parts }) => count + parts.length, 0)
  const coded = new Int32Array(table.rowCount * codedCount)
  let first = encoder.denseWidth
  let slot = 0
  for (const category of categories) {
    const column = textsOf(table, category.input)
    const placeOf = categoryPlaces(category, column, { first, none })
    for (let row = 0; row < table.rowCount; row++) coded[row * codedCount + slot] = placeOf(column.codes[row] as number)
    first += category.categories.length
    slot++
  }
  for (const { input, parts } of timestamps) {
    const expanded = expandTimestamp(numbersIn(table, input))
    for (const { part, values } of parts) {
      const places = new Map(values.map((value, i) => [value, first + i]))
      for (let row = 0; row < table.rowCount; row++)
        coded[row * codedCount + slot] = places.get(expanded[part][row] as number) ?? none
      first += values.length
      slot++
    }
  }
  return { coded, codedCount }
}

function joinTexts(encoder: FeatureEncoder, table: Table, texts: readonly SparseRows[]): SparseRows {
  const starts = new Int32Array(table.rowCount + 1)
  for (let row = 0; row < table.rowCount; row++)
    starts[row + 1] = texts.reduce(
      (end, text) => end + (text.starts[row + 1] as number) - (text.starts[row] as number),
      starts[row] as number,
    )
  const size = starts[table.rowCount] as number
  const places = new Int32Array(size)
  const values = new Float64Array(size)
  let at = 0
  for (let row = 0; row < table.rowCount; row++) {
    let first = encoder.denseWidth + encoder.codedWidth
    for (const text of texts) {
      for (let from = text.starts[row] as number; from < (text.starts[row + 1] as number); from++) {
        places[at] = first + (text.places[from] as number)
        values[at++] = text.values[from] as number
      }
      first += text.width
    }
  }
  return { rowCount: table.rowCount, width: encoder.width, starts, places, values }
}

function numbersIn(table: Table, input: string): Float64Array {
  const column = table.columns[input]
  // A column that is all missing may have lost its kind on the way here.
  return column?.kind === 'string' ? new Float64Array(table.rowCount).fill(NaN) : numbersOf(table, input)
}

function textsOf(table: Table, input: string): StringColumn {
  const column = table.columns[input]
  if (column?.kind === 'string') return column
  if (column) return { kind: 'string', codes: new Int32Array(table.rowCount).fill(-1), dictionary: [] }
  throw new RangeError(`Cannot encode '${input}': the table has no such column`)
}
