import { quoteText, type Lake } from '#platform'
import { checkNames } from '../check-names.ts'
import { isMoment } from '../column-types.ts'
import type { NewFile } from '../new-files.ts'
import { findMisfits, fittingRows, textColumn, typedColumn, type CastColumn, type Misfit } from './cast-columns.ts'
import { inferTypes } from './infer-types.ts'
import { jsonFailure } from './json-failure.ts'
import type { Part, ReadContext } from './part.ts'
import { plainText } from './text-types.ts'

/** How DuckDB is to read JSON: objects a line, or a list of them. */
export interface JsonText {
  readonly path: string
  readonly format: 'newline_delimited' | 'auto'
}

/** The columns that DuckDB finds in all records; it fails where one is malformed. */
export const describeJson = (lake: Lake, text: JsonText) => lake.describe(`select * from ${readCall(text, [])}`)

/** Makes the part of a JSON text: typed columns, and the rows with values that do not fit left out and told apart. */
export async function jsonPart(
  file: NewFile,
  context: ReadContext,
  { text, described }: { readonly text: JsonText; readonly described: Awaited<ReturnType<typeof describeJson>> },
): Promise<{ readonly part: Part; readonly misfits: readonly Misfit[] }> {
  const { lake, spec, known } = context
  checkNames(
    file.path,
    described.map((column) => column.name),
  )
  // Whatever is text, a moment, or of several types is read as text, and its type found as in a CSV file.
  const isText = ({ type }: { type: string }): boolean => type === 'JSON' || type === 'VARCHAR' || isMoment(type)
  const types = described.map(
    (column) => `${quoteText(column.name)}: ${quoteText(isText(column) ? 'VARCHAR' : column.type)}`,
  )
  const relation = readCall(text, [`columns={${types.join(', ')}}`])
  const names = described.filter(isText).map((column) => column.name)
  const inferred = new Map(
    (await inferTypes(lake, { relation, names, known })).columns.map((column) => [column.name, column]),
  )
  const columns = described.map(({ name, type }): CastColumn => {
    const found = inferred.get(name)
    if (!found) return typedColumn(name, { type, declared: spec.columns?.[name] })
    // Text stays text where every value was quoted: only moments have no other way to be written.
    const isQuoted = type === 'VARCHAR' && found.type !== null && !isMoment(found.type.type)
    return textColumn(isQuoted ? { ...found, type: plainText } : found, spec.columns)
  })
  return {
    misfits: await findMisfits(lake, { relation, columns }),
    part: {
      file,
      columns: columns.map(({ name, type, filled }) => ({ name, type, filled })),
      sql: fittingRows(relation, columns),
      rejects: [],
      readPath: text.path,
      delimiter: null,
      explain: (error) => jsonFailure(file, error),
    },
  }
}

function readCall({ path, format }: JsonText, options: readonly string[]): string {
  const all = [`format=${quoteText(format)}`, 'records=true', 'sample_size=-1', ...options]
  return `read_json(${quoteText(path)}, ${all.join(', ')})`
}
