/** A place in a statement, as people count: from 1. */
export interface SqlPlace {
  readonly line: number
  readonly column: number
  /** The line and, under it, a caret at the place. */
  readonly shown: string
}

/**
 * Finds and shows a place in a statement.
 * @param position offset in bytes of UTF-8, as DuckDB counts
 */
export function placeInSql(sql: string, position: number): SqlPlace {
  const before = Buffer.from(sql).subarray(0, position).toString()
  const line = before.split('\n').length
  const start = before.lastIndexOf('\n') + 1
  const column = before.length - start + 1
  const text = sql.split('\n')[line - 1] ?? ''
  const from = Math.max(0, column - 1 - reach)
  const cut = text.slice(from, column - 1 + reach)
  const lead = from > 0 ? '…' : ''
  const caret = ' '.repeat(lead.length + column - 1 - from)
  return { line, column, shown: `  ${lead}${cut}${column - 1 + reach < text.length ? '…' : ''}\n  ${caret}^` }
}

/** Letters shown on each side of the place. */
const reach = 60
