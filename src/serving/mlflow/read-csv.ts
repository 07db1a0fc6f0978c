import { isUtf8 } from 'node:buffer'
import { fail } from '../failures.ts'
import type { Frame } from './frame.ts'

/**
 * Reads a data frame from CSV as pandas writes it: a line of names, then a line for each row; cells in quotes may hold
 * commas, line ends, and quotes that are doubled. Empty lines are passed over.
 * @throws {Failure} `serving/badInput` for bytes that are not UTF-8, a quote that is not closed, or a row of more cells
 * than there are names; pandas too fills shorter rows up
 */
export function readCsv(body: Buffer): Frame {
  if (!isUtf8(body)) throw fail('badInput', 'Cannot read the request: its body is not UTF-8')
  const [columns, ...rows] = rowsOf(body.toString('utf8').replace(/^\uFEFF/, ''))
  if (!columns) throw fail('badInput', 'Cannot read the request: its CSV has no line of names')
  for (const [k, row] of rows.entries()) {
    if (row.length > columns.length)
      throw fail(
        'badInput',
        `Cannot read the request: row ${k} of its CSV has ${row.length} cells, its head ${columns.length}`,
      )
    while (row.length < columns.length) row.push('')
  }
  return { columns, rows, isText: true }
}

function rowsOf(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  while (at < text.length) {
    const cell = cellAt(text, at)
    row.push(cell.text)
    at = cell.end
    if (text[at] === ',') {
      at++
      if (at === text.length) row.push('')
      continue
    }
    if (row.length > 1 || cell.text !== '' || cell.quoted) rows.push(row)
    row = []
    at += text.startsWith('\r\n', at) ? 2 : 1
  }
  // A comma at the very end left its row open.
  if (row.length > 0) rows.push(row)
  return rows
}

/** A cell and the index after it: of a comma, of a line end, or of the end. */
function cellAt(text: string, from: number): { readonly text: string; readonly end: number; readonly quoted: boolean } {
  if (text[from] !== '"') {
    cellEnd.lastIndex = from
    const end = cellEnd.exec(text)?.index ?? text.length
    return { text: text.slice(from, end), end, quoted: false }
  }
  const parts: string[] = []
  let at = from + 1
  while (true) {
    const quote = text.indexOf('"', at)
    if (quote < 0) throw fail('badInput', 'Cannot read the request: its CSV opens a quote that it does not close')
    parts.push(text.slice(at, quote))
    if (text[quote + 1] !== '"') {
      if (quote + 1 < text.length && !',\r\n'.includes(text[quote + 1] as string))
        throw fail('badInput', 'Cannot read the request: its CSV has text after a closing quote')
      return { text: parts.join('"'), end: quote + 1, quoted: true }
    }
    at = quote + 2
  }
}

const cellEnd = /[,\r\n]/g
