import type { StringColumn } from '#platform'
import type { Binning } from '../schema.ts'
import { binOf, numberBins } from './number-bins.ts'
import type { Tally } from './tally.ts'

/** Some rows of one window that share a bin and a length. */
export interface TextGroup {
  readonly window: number
  readonly bin: number
  /** In characters (code points). */
  readonly length: number
  readonly rows: number
}

/** Adds rows of text to a tally; all sums are whole numbers, so the order makes no difference. */
export function addTexts(tally: Tally, { window, bin, length, rows }: TextGroup): void {
  const { counts, least, greatest, sums, squares } = tally
  const place = window * tally.bins + bin
  counts[place] = (counts[place] as number) + rows
  if (length < (least[window] as number)) least[window] = length
  if (length > (greatest[window] as number)) greatest[window] = length
  sums[window] = (sums[window] as number) + rows * length
  squares[window] = (squares[window] as number) + rows * length * length
}

/** Adds a column in memory to a tally of one window. The empty text is none, as it is to a model. */
export function addColumn(tally: Tally, { codes, dictionary }: StringColumn, binning: Binning): void {
  const rows = new Float64Array(dictionary.length)
  let nulls = 0
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] as number
    if (code < 0) nulls++
    else rows[code] = (rows[code] as number) + 1
  }
  const binOfText = textBins(binning)
  dictionary.forEach((text, code) => {
    const count = rows[code] as number
    if (count === 0) return
    if (text === '') nulls += count
    else addTexts(tally, { window: 0, bin: binOfText(text), length: lengthOf(text), rows: count })
  })
  tally.nulls[0] = (tally.nulls[0] as number) + nulls
}

/** The bin of a text: of its value, or of its length. */
function textBins(binning: Binning): (text: string) => number {
  if (binning.kind === 'edges') {
    const bins = numberBins(binning.edges)
    return (text) => binOf(bins, lengthOf(text))
  }
  const places = new Map(binning.values.map((value, place) => [value, place]))
  return (text) => places.get(text) ?? places.size
}

/** Code points, as DuckDB counts them. */
function lengthOf(text: string): number {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    if ((text.codePointAt(i) as number) > 0xff_ff) length--
  }
  return length
}
