import { quoteName, quoteText, type Lake } from '#platform'
import { checkNames } from '../check-names.ts'
import { isMoment } from '../column-types.ts'
import type { NewFile } from '../new-files.ts'
import { inferTypes, type InferredColumn } from './infer-types.ts'
import type { Part, ReadContext } from './part.ts'

/** How DuckDB is to read JSON: objects a line, or a list of them. */
export interface JsonText {
  readonly path: string
  readonly format: 'newline_delimited' | 'auto'
}

/** A row with a value that does not fit the type of its column. */
export interface Misfit {
  /** Place among the records, from 1. */
  readonly record: number
  readonly columns: readonly string[]
  readonly reason: string
  readonly text: string
}

interface JsonColumn {
  readonly name: string
  readonly type: string
  readonly filled: boolean
  /** Read as text and cast here; null where DuckDB's own reading stands. */
  readonly cast: { readonly raw: string; readonly isMisfit: string } | null
}

/** The columns that DuckDB finds in all records; it fails where one is malformed. */
export const describeJson = (lake: Lake, text: JsonText) => lake.describe(`select * from ${readCall(text, [])}`)

/** Makes the part of a JSON text: typed columns, and the rows with values that do not fit left out and told apart. */
export async function jsonPart(
  file: NewFile,
  context: ReadContext,
  { text, described }: { readonly text: JsonText; readonly described: Awaited<ReturnType<typeof describeJson>> },
): Promise<{ readonly part: Part; readonly misfits: readonly Misfit[] }> {
  checkNames(
    file.path,
    described.map((column) => column.name),
  )
  // Whatever is text, a moment, or of several types is read as text, and its type found as in a CSV file.
  const isText = ({ type }: { type: string }): boolean => type === 'JSON' || type === 'VARCHAR' || isMoment(type)
  const columnList = described.map(
    (column) => `${quoteText(column.name)}: ${quoteText(isText(column) ? 'VARCHAR' : column.type)}`,
  )
  const relation = readCall(text, [`columns={${columnList.join(', ')}}`])
  const inferred = await inferTypes(context.lake, {
    relation,
    names: described.filter(isText).map((column) => column.name),
    known: context.known,
  })
  const found = new Map(inferred.map((column) => [column.name, column]))
  const columns = described.map((column) =>
    columnOf(column, { found: found.get(column.name), declared: context.spec.columns?.[column.name] }),
  )
  const misfits = await findMisfits(context.lake, { relation, columns })
  const selected = columns.map(({ name, type, cast }) =>
    cast ? `try_cast(${cast.raw} as ${type}) as ${quoteName(name)}` : quoteName(name),
  )
  const where = misfits.length > 0 ? ` where not (${anyMisfit(columns)})` : ''
  return {
    misfits,
    part: {
      file,
      columns: columns.map(({ name, type, filled }) => ({ name, type, filled })),
      sql: `select ${selected.join(', ')} from ${relation}${where}`,
      rejects: [],
      linesBefore: 0,
      readPath: text.path,
      delimiter: null,
    },
  }
}

function columnOf(
  { name, type }: { readonly name: string; readonly type: string },
  { found, declared }: { readonly found: InferredColumn | undefined; readonly declared: string | undefined },
): JsonColumn {
  if (!found)
    return {
      name,
      type: declared ?? type,
      filled: true,
      cast: declared ? castOf(name, { type: declared, words: [] }) : null,
    }
  // Text stays text where every value was quoted: only moments have no other way to be written.
  const isQuoted = type === 'VARCHAR' && found.type !== null && !isMoment(found.type)
  const own = declared ?? (isQuoted ? 'VARCHAR' : (found.type ?? 'VARCHAR'))
  const cast = own === 'VARCHAR' ? null : castOf(name, { type: own, words: found.nullWords })
  return { name, type: own, filled: found.type !== null, cast }
}

function castOf(name: string, { type, words }: { readonly type: string; readonly words: readonly string[] }) {
  const column = quoteName(name)
  const list = words.map(quoteText).join(', ')
  const raw = words.length === 0 ? column : `(case when ${column} not in (${list}) then ${column} end)`
  return { raw, isMisfit: `(${raw} is not null and try_cast(${raw} as ${type}) is null)` }
}

const anyMisfit = (columns: readonly JsonColumn[]): string =>
  columns.flatMap((column) => column.cast?.isMisfit ?? []).join(' or ')

async function findMisfits(
  lake: Lake,
  { relation, columns }: { readonly relation: string; readonly columns: readonly JsonColumn[] },
): Promise<readonly Misfit[]> {
  const cast = columns.filter((column) => column.cast !== null)
  if (cast.length === 0) return []
  const names = cast.map((column) => `case when ${column.cast?.isMisfit} then ${quoteText(column.name)} end`)
  const rows = await lake.rows<{ record: number; columns: string[]; text: string }>(`
    select record, list_filter([${names.join(', ')}], lambda name: name is not null) as columns, text
    from (select row_number() over () as record, *, to_json(t)::varchar as text from ${relation} t)
    where ${anyMisfit(columns)} order by record`)
  return rows.map((row) => ({
    ...row,
    reason: `column '${row.columns[0]}': could not convert to '${cast.find(({ name }) => name === row.columns[0])?.type}'`,
  }))
}

function readCall({ path, format }: JsonText, options: readonly string[]): string {
  const all = [`format=${quoteText(format)}`, 'records=true', 'sample_size=-1', ...options]
  return `read_json(${quoteText(path)}, ${all.join(', ')})`
}
