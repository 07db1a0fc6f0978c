import { quoteName, quoteText, type Blobs, type Digest, type Lake } from '#platform'
import type { FieldType } from '#model'
import type { Layout } from '../columns/layout.ts'

/** What the values of a text column say about it. */
export interface TextSurvey {
  readonly type: FieldType
  /** Blob of the sorted distinct values; null where there are too many. */
  readonly dictionary: Digest | null
  /** Share of the looked-at rows whose value is their own, 0-1. */
  readonly distinctShare: number
}

/**
 * Looks at every text column: sentences, by a sample of the rows, make it `text` where the system file does not say
 * otherwise; the distinct values of the others are stored, so that rows are read as codes.
 */
export async function surveyText(
  session: Lake,
  options: { readonly file: string; readonly layout: Layout; readonly rows: number; readonly blobs: Blobs },
): Promise<ReadonlyMap<string, TextSurvey>> {
  const { file, layout, rows, blobs } = options
  const found = new Map<string, TextSurvey>()
  for (const { name, type, typeGiven } of layout.columns) {
    if (type !== 'categorical' && type !== 'text') continue
    const { distinctShare, words } = await sampleText(session, { file, name, rows })
    const isText = typeGiven ? type === 'text' : words > leastWords && distinctShare > mostlyOwn
    const dictionary = isText ? null : await writeDictionary(session, { file, name, distinctShare, blobs })
    found.set(name, { type: isText ? 'text' : 'categorical', dictionary, distinctShare })
  }
  return found
}

const sampleRows = 20_000
const leastWords = 3
const mostlyOwn = 0.5
/** Share of own values in the sample beyond which their number is estimated before they are gathered. */
const seldom = 0.3
/** Beyond it a dictionary costs more than it saves. */
const mostValues = 100_000

async function sampleText(
  session: Lake,
  { file, name, rows }: { file: string; name: string; rows: number },
): Promise<{ distinctShare: number; words: number }> {
  const column = quoteName(name)
  const every = Math.max(1, Math.floor(rows / sampleRows))
  const [sample] = await session.rows<{ present: number; different: number; words: number | null }>(
    `select count(*) as present, count(distinct ${column}) as different,
       avg(length(trim(${column})) - length(replace(trim(${column}), ' ', '')) + 1) as words
     from read_parquet(${quoteText(file)}, file_row_number = true)
     where ${column} is not null and file_row_number % ${every} = 0`,
  )
  const { present, different, words } = sample as NonNullable<typeof sample>
  return { distinctShare: present === 0 ? 0 : different / present, words: words ?? 0 }
}

async function writeDictionary(
  session: Lake,
  options: { file: string; name: string; distinctShare: number; blobs: Blobs },
): Promise<Digest | null> {
  const { file, name, distinctShare, blobs } = options
  const column = quoteName(name)
  const from = `from read_parquet(${quoteText(file)}) where ${column} is not null`
  if (distinctShare > seldom) {
    const [near] = await session.rows<{ values: number }>(`select approx_count_distinct(${column}) as values ${from}`)
    if ((near?.values ?? 0) > mostValues) return null
  }
  const table = await session.table(`select distinct ${column} as value ${from} order by value`)
  const { value } = table.columns
  if (value?.kind !== 'string' || value.dictionary.length > mostValues) return null
  return blobs.put(JSON.stringify(value.dictionary))
}
