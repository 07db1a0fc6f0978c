import { open } from 'node:fs/promises'
import { quoteText } from '#platform'
import { checkNames } from '../check-names.ts'
import { guessDelimiter, splitCsv } from '../csv-text.ts'
import { fail } from '../failures.ts'
import { openFailure } from '../find-files.ts'
import type { NewFile } from '../new-files.ts'
import { longestRecord } from '../walk-csv.ts'
import { findMisfits, fittingRows, textColumn, type Misfit } from './cast-columns.ts'
import { csvRecords, type CsvLayout } from './csv-records.ts'
import { checkDeclaredTypes } from './declared-types.ts'
import { inferTypes } from './infer-types.ts'
import type { Part, ReadContext, Reject } from './part.ts'
import { readingProblem } from './reading-problem.ts'

/**
 * Understands a CSV file: RFC 4180 in UTF-8 with a header, the delimiter told or found, types from all rows. Malformed
 * records are found here, byte by byte, and kept from DuckDB: its own ways of skipping them lose good rows.
 */
export async function readCsv(file: NewFile, context: ReadContext): Promise<Part> {
  const { spec, lake } = context
  const layout = await layoutOf(file, spec.delimiter)
  const { names } = layout
  const records = await csvRecords(file, layout, context)
  const relation = readCall(records.readPath, layout)
  try {
    await checkDeclaredTypes(lake, { path: file.path, relation, names, declared: spec.columns })
    const { rows, columns: inferred } = await inferTypes(lake, { relation, names, known: context.known })
    if (rows !== records.good) {
      throw fail(
        'malformedCsv',
        `Cannot read '${file.path}': DuckDB finds ${rows} rows in it, and ${records.good} were counted`,
      )
    }
    const columns = inferred.map((column) => textColumn(column, spec.columns))
    const misfits = await findMisfits(lake, { relation, columns })
    const rejects = [...records.rejects, ...(await rejectsOf(misfits, { file, records }))]
    return {
      file,
      columns: columns.map(({ name, type, filled }) => ({ name, type, filled })),
      sql: fittingRows(relation, columns),
      rejects: rejects.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
      readPath: records.readPath,
      delimiter: layout.delimiter,
      explain: (error) => csvFailure(file, error),
    }
  } catch (error) {
    throw csvFailure(file, error)
  }
}

async function rejectsOf(
  misfits: readonly Misfit[],
  { file, records }: { readonly file: NewFile; readonly records: Awaited<ReturnType<typeof csvRecords>> },
): Promise<readonly Reject[]> {
  const found = await records.find(misfits.map((misfit) => misfit.record))
  return misfits.map(({ record, columns, reason, text }) => {
    const at = found.get(record)
    return { path: file.path, line: at?.line ?? null, columns, reason, text: at?.text ?? text }
  })
}

function csvFailure(file: NewFile, error: unknown): unknown {
  const problem = readingProblem(error)
  if (problem === undefined) return error
  return fail('malformedCsv', `Cannot read '${file.path}': ${problem}`, { cause: error, details: { path: file.path } })
}

/** SQL that reads the file as text; nothing is left for DuckDB to guess. */
function readCall(path: string, { delimiter, names }: CsvLayout): string {
  const columns = names.map((name) => `${quoteText(name)}: 'VARCHAR'`)
  const dialect = `delim=${quoteText(delimiter)}, quote='"', escape='"'`
  return `read_csv(${quoteText(path)}, auto_detect=false, header=true, ${dialect}, columns={${columns.join(', ')}}, ${bounds})`
}

/** Without a size of their own, DuckDB's buffers are 16 times the longest line. */
const bounds = `max_line_size=${2 * longestRecord}, buffer_size=${4 * longestRecord}`
const startBytes = 1 << 20

interface Start {
  readonly text: string
  /** Whether it is all of the file. */
  readonly isWhole: boolean
}

async function layoutOf(file: NewFile, told: string | undefined): Promise<CsvLayout> {
  const start = await readStart(file)
  const delimiter = chooseDelimiter(file, { start, told })
  const header = splitCsv(start.text, { delimiter, limit: 1, isWhole: start.isWhole })[0]
  if (!header) {
    throw fail('malformedCsv', `Cannot read '${file.path}': its first line is longer than ${startBytes} bytes`)
  }
  if (start.isWhole && start.text.slice(header.end).trim() === '') {
    throw fail('noRows', `Cannot read '${file.path}': it has a header, but no rows`, { details: { path: file.path } })
  }
  const headerText = start.text.slice(0, header.end)
  return {
    delimiter,
    names: columnNames(file, header.fields),
    headerBytes: Buffer.byteLength(headerText),
    headerLines: headerText.split('\n').length - 1,
    isPlain: !/^\ufeff?[\r\n]/.test(headerText),
  }
}

async function readStart(file: NewFile): Promise<Start> {
  try {
    await using handle = await open(file.absolutePath)
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(startBytes, file.sizeBytes)), 0, null, 0)
    return { text: buffer.subarray(0, bytesRead).toString('utf8'), isWhole: bytesRead >= file.sizeBytes }
  } catch (error) {
    throw openFailure(file.path, error)
  }
}

function chooseDelimiter(file: NewFile, { start, told }: { start: Start; told: string | undefined }): string {
  const guess = guessDelimiter(start.text, start.isWhole)
  if (told === undefined) return guess ?? ','
  const widthOf = (delimiter: string): number =>
    splitCsv(start.text, { delimiter, limit: 1, isWhole: start.isWhole })[0]?.fields.length ?? 0
  if (guess === undefined || guess === told || widthOf(told) > 1) return told
  const shown = (delimiter: string): string => (delimiter === '\t' ? '\\t' : delimiter)
  throw fail(
    'wrongDelimiter',
    `Cannot read '${file.path}': '${shown(told)}' gives one column, but '${shown(guess)}' gives ${widthOf(guess)}`,
    { details: { path: file.path, delimiter: guess }, remedy: `Set delimiter: '${shown(guess)}', or leave it out` },
  )
}

function columnNames(file: NewFile, fields: readonly string[]): readonly string[] {
  if (fields.every((field) => /^\s*[+-]?(\d+\.?\d*|\.\d+)\s*$/.test(field))) {
    throw fail(
      'noHeader',
      `Cannot read '${file.path}': its first line is '${fields.join(',').slice(0, 80)}', not names`,
      {
        details: { path: file.path },
      },
    )
  }
  const names = fields.map((field, place) => field.trim() || `column${place}`)
  checkNames(file.path, names)
  return names
}
