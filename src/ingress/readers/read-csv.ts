import { open } from 'node:fs/promises'
import { quoteName, quoteText } from '#platform'
import { guessDelimiter, splitCsv } from '../csv-text.ts'
import { checkNames } from '../check-names.ts'
import { fail } from '../failures.ts'
import { openFailure } from '../find-files.ts'
import type { NewFile } from '../new-files.ts'
import { copyText } from './copy-text.ts'
import { inferTypes, type InferredColumn } from './infer-types.ts'
import type { Part, ReadContext } from './part.ts'

/**
 * Understands a CSV file: RFC 4180 with a header, the delimiter told or found, types from all rows. Rows that do not
 * fit go to `reject_errors` when its SQL runs.
 */
export async function readCsv(file: NewFile, context: ReadContext): Promise<Part> {
  const { spec, lake } = context
  const start = await readStart(file)
  const delimiter = chooseDelimiter(file, { start, told: spec.delimiter })
  const header = splitCsv(start.text, { delimiter, limit: 1, isWhole: start.isWhole })[0]
  if (!header)
    throw fail('malformedCsv', `Cannot read '${file.path}': its first line is longer than ${startBytes} bytes`)
  if (start.isWhole && start.text.slice(header.end).trim() === '') {
    throw fail('noRows', `Cannot read '${file.path}': it has a header, but no rows`, { details: { path: file.path } })
  }
  const names = columnNames(file, header.fields)
  const headerBytes = Buffer.byteLength(start.text.slice(0, header.end))
  const copy = await copyText(file, context, headerBytes)
  const readPath = copy?.path ?? file.absolutePath
  const dialect = { readPath, delimiter, names }
  const inferred = await inferTypes(lake, {
    relation: readCall(dialect, { extra: ['ignore_errors=true'], types: names.map(() => 'VARCHAR') }),
    names,
    known: context.known,
  })
  const columns = inferred.map((column) => ({
    name: column.name,
    type: spec.columns?.[column.name] ?? column.type ?? 'VARCHAR',
    filled: column.type !== null,
  }))
  return {
    file,
    columns,
    sql: selectOf(dialect, { types: columns.map((column) => column.type), inferred }),
    rejects: copy?.rejects ?? [],
    linesBefore: copy?.linesBefore ?? 0,
    readPath,
    delimiter,
  }
}

interface Dialect {
  readonly readPath: string
  readonly delimiter: string
  readonly names: readonly string[]
}

/** SQL that reads the file with these types; nothing is left for DuckDB to guess. */
function readCall(
  { readPath, delimiter, names }: Dialect,
  { types, extra }: { readonly types: readonly string[]; readonly extra: readonly string[] },
): string {
  const columns = names.map((name, place) => `${quoteText(name)}: ${quoteText(types[place] as string)}`)
  const options = [
    'auto_detect=false',
    'header=true',
    `delim=${quoteText(delimiter)}`,
    `quote='"'`,
    `escape='"'`,
    `columns={${columns.join(', ')}}`,
    'max_line_size=16777216',
    ...extra,
  ]
  return `read_csv(${quoteText(readPath)}, ${options.join(', ')})`
}

function selectOf(
  dialect: Dialect,
  { types, inferred }: { readonly types: readonly string[]; readonly inferred: readonly InferredColumn[] },
): string {
  const extra = ['store_rejects=true']
  const words = [...new Set(inferred.flatMap((column) => column.nullWords))]
  const texts = dialect.names.filter((_, place) => types[place] === 'VARCHAR')
  if (words.length === 0) return `select * from ${readCall(dialect, { types, extra })}`
  // A word such as NA is missing among numbers, but a word among words.
  extra.push(`nullstr=[${['', ...words].map(quoteText).join(', ')}]`)
  if (texts.length === 0) return `select * from ${readCall(dialect, { types, extra })}`
  extra.push(`force_not_null=[${texts.map(quoteText).join(', ')}]`)
  const replaced = texts.map((name) => `nullif(${quoteName(name)}, '') as ${quoteName(name)}`)
  return `select * replace (${replaced.join(', ')}) from ${readCall(dialect, { types, extra })}`
}

interface Start {
  readonly text: string
  /** Whether it is all of the file. */
  readonly isWhole: boolean
}

const startBytes = 1 << 20

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
  const header = splitCsv(start.text, { delimiter: told, limit: 1, isWhole: start.isWhole })[0]
  if (!guess || guess === told || !header || header.fields.length > 1) return told
  const width = splitCsv(start.text, { delimiter: guess, limit: 1, isWhole: start.isWhole })[0]?.fields.length
  throw fail(
    'wrongDelimiter',
    `Cannot read '${file.path}': '${shown(told)}' gives one column, but '${shown(guess)}' gives ${width}`,
    { details: { path: file.path, delimiter: guess }, remedy: `Set delimiter: '${shown(guess)}', or leave it out` },
  )
}

const shown = (delimiter: string): string => (delimiter === '\t' ? '\\t' : delimiter)

function columnNames(file: NewFile, fields: readonly string[]): readonly string[] {
  const names = fields.map((field, place) => field.trim() || `column${place}`)
  if (fields.every((field) => /^\s*[+-]?(\d+\.?\d*|\.\d+)\s*$/.test(field))) {
    throw fail(
      'noHeader',
      `Cannot read '${file.path}': its first line is '${fields.join(',').slice(0, 80)}', not names`,
      {
        details: { path: file.path },
      },
    )
  }
  checkNames(file.path, names)
  return names
}
