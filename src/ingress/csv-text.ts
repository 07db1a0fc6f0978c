/** Characters that may separate the fields of a CSV file, the likeliest first. */
const delimiters = [',', ';', '\t', '|', '~', '^'] as const

/** A record at the start of a CSV text, and where it ends. */
export interface CsvRecord {
  readonly fields: readonly string[]
  /** Place after its line end, in characters. */
  readonly end: number
}

/**
 * Splits the start of a CSV text into records, quotes as in RFC 4180. Blank lines are no records.
 * @param isWhole whether the text reaches to the file's end: else its last record is cut off and left out
 */
export function splitCsv(
  text: string,
  { delimiter, limit, isWhole }: { readonly delimiter: string; readonly limit: number; readonly isWhole: boolean },
): readonly CsvRecord[] {
  const records: CsvRecord[] = []
  let fields: string[] = []
  let field = ''
  let isQuoted = false
  const close = (end: number): void => {
    fields.push(field)
    if (fields.length > 1 || field !== '') records.push({ fields, end })
    fields = []
    field = ''
  }
  let at = text.startsWith('\ufeff') ? 1 : 0
  for (; at < text.length && records.length < limit; at++) {
    const sign = text[at] as string
    if (isQuoted) {
      if (sign !== '"') field += sign
      else if (text[at + 1] === '"') field += text[++at] as string
      else isQuoted = false
    } else if (sign === '"' && field === '') isQuoted = true
    else if (sign === delimiter) {
      fields.push(field)
      field = ''
    } else if (sign === '\n') close(at + 1)
    else if (sign !== '\r' || text[at + 1] !== '\n') field += sign
  }
  if (isWhole && records.length < limit && (fields.length > 0 || field !== '')) close(at)
  return records
}

/** The character that splits most records of a CSV text into the same number of fields, two or more, if any does. */
export function guessDelimiter(text: string, isWhole: boolean): string | undefined {
  let best: { delimiter: string; width: number } | undefined
  for (const delimiter of delimiters) {
    const widths = splitCsv(text, { delimiter, limit: recordsLookedAt, isWhole }).map((record) => record.fields.length)
    const width = widths[0] ?? 0
    if (width < 2) continue
    const same = widths.filter((other) => other === width).length
    if (same >= widths.length * 0.8 && (!best || width > best.width)) best = { delimiter, width }
  }
  return best?.delimiter
}

const recordsLookedAt = 100
