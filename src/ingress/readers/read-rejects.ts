import { createReadStream } from 'node:fs'
import type { Lake } from '#platform'
import type { Part, Reject } from './part.ts'

interface RejectRow {
  readonly read_path: string
  readonly byte: number
  readonly column_name: string | null
  readonly kind: string
  readonly text: string | null
  readonly message: string
}

/**
 * The malformed rows of the CSV parts that were read on this session, each once. DuckDB counts a record with line ends
 * in it as one line, so lines are counted here from its place in bytes.
 */
export async function readRejects(lake: Lake, parts: readonly Part[]): Promise<readonly Reject[]> {
  const found = await lake.rows<{ n: number }>(
    "select count(*) as n from duckdb_tables() where temporary and table_name = 'reject_errors'",
  )
  if (found[0]?.n === 0) return []
  const rows = await lake.rows<RejectRow>(`
    select s.file_path as read_path, e.line_byte_position as byte, e.column_name, e.error_type::varchar as kind,
      e.csv_line as text, e.error_message as message
    from (select distinct * from reject_errors) e join reject_scans s using (scan_id, file_id)
    order by 1, 2, e.column_idx`)
  const rejects: Reject[] = []
  for (const part of parts) {
    const own = rows.filter((row) => row.read_path === part.readPath)
    if (own.length === 0) continue
    const lineOf = await linesAt(
      part.readPath,
      own.map((row) => row.byte - 1),
    )
    for (const ofRow of Map.groupBy(own, (row) => row.byte).values()) rejects.push(rejectOf(part, { ofRow, lineOf }))
  }
  return rejects
}

function rejectOf(
  part: Part,
  { ofRow, lineOf }: { readonly ofRow: readonly RejectRow[]; readonly lineOf: ReadonlyMap<number, number> },
): Reject {
  const first = ofRow[0] as RejectRow
  const line = (lineOf.get(first.byte - 1) ?? 0) + part.linesBefore
  const isCast = first.kind === 'CAST'
  return {
    path: part.file.path,
    line,
    columns: isCast ? ofRow.flatMap((row) => row.column_name ?? []) : [],
    reason: reasonOf(first),
    text: (first.text ?? '').replace(/\r?\n$/, ''),
  }
}

function reasonOf({ kind, message }: RejectRow): string {
  const width = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message)
  const plain = message.split('\n')[0] as string
  switch (kind) {
    case 'CAST':
      return plain.replace(/^Error when converting column "(.*)"\. Could not/, "column '$1': could not")
    case 'MISSING COLUMNS':
      return `${width?.[2] ?? 'fewer'} fields where the header has ${width?.[1] ?? 'more'}`
    case 'TOO MANY COLUMNS':
      return `more fields than the ${width?.[1] ?? ''} of the header`.replace('  ', ' ')
    case 'UNQUOTED VALUE':
      return 'a quote is not closed, or text follows a closing quote'
    case 'LINE SIZE OVER MAXIMUM':
      return 'the row is longer than 16 MiB'
    default:
      return plain
  }
}

/** The line, from 1, of each of these places in bytes. */
async function linesAt(file: string, places: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const sorted = [...new Set(places)].sort((a, b) => a - b)
  const lines = new Map<number, number>()
  let [next, line, offset] = [0, 1, 0]
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const bytes = part as Buffer
    let from = 0
    while (next < sorted.length && (sorted[next] as number) < offset + bytes.length) {
      const place = (sorted[next] as number) - offset
      for (let at = bytes.indexOf(10, from); at >= 0 && at < place; at = bytes.indexOf(10, at + 1)) line++
      from = Math.max(from, place)
      lines.set(sorted[next++] as number, line)
    }
    if (next >= sorted.length) break
    for (let at = bytes.indexOf(10, from); at >= 0; at = bytes.indexOf(10, at + 1)) line++
    offset += bytes.length
  }
  return lines
}
