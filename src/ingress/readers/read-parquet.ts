import { open } from 'node:fs/promises'
import { quoteName, quoteText } from '#platform'
import { checkNames } from '../check-names.ts'
import { fail } from '../failures.ts'
import { openFailure } from '../find-files.ts'
import type { NewFile } from '../new-files.ts'
import type { Part, ReadContext } from './part.ts'
import { readingProblem } from './reading-problem.ts'

/** Understands a Parquet file; a hash of every row is asked for, so that all pages are read and a damaged one is found. */
export async function readParquet(file: NewFile, { lake, spec }: ReadContext): Promise<Part> {
  await checkMagic(file)
  const relation = `read_parquet(${quoteText(file.absolutePath)})`
  try {
    const schema = await lake.rows<{ name: string }>(
      // Each leaf's path starts with the column it belongs to; one row group has every column once.
      `select path_in_schema as name from parquet_metadata(${quoteText(file.absolutePath)}) where row_group_id = 0 order by column_id`,
    )
    checkNames(
      file.path,
      schema.map((column) => column.name),
    )
    const described = await lake.describe(`select * from ${relation}`)
    const counts = described.map((column, place) => `count(${quoteName(column.name)}) as ${quoteName(`c${place}`)}`)
    const [row] = await lake.rows<Record<string, number>>(
      `select count(*) as "rows", ${counts.join(', ')}, bit_xor(hash(${described.map(({ name }) => quoteName(name)).join(', ')})) as readable from ${relation}`,
    )
    if (row?.['rows'] === 0) {
      throw fail('noRows', `Cannot read '${file.path}': it has columns, but no rows`, { details: { path: file.path } })
    }
    const columns = described.map(({ name, type }, place) => ({
      name,
      type: spec.columns?.[name] ?? type,
      filled: (row?.[`c${place}`] ?? 0) > 0,
    }))
    const cast = columns.filter(({ name }) => spec.columns?.[name] !== undefined)
    const replaced = cast.map(({ name, type }) => `cast(${quoteName(name)} as ${type}) as ${quoteName(name)}`)
    const sql = `select *${replaced.length > 0 ? ` replace (${replaced.join(', ')})` : ''} from ${relation}`
    return {
      file,
      columns,
      sql,
      rejects: [],
      readPath: file.absolutePath,
      delimiter: null,
      explain: (error) => parquetFailure(file, error),
    }
  } catch (error) {
    throw parquetFailure(file, error)
  }
}

/** Says what DuckDB found wrong with a Parquet file, in words that fit the file. */
function parquetFailure(file: NewFile, error: unknown): unknown {
  const problem = readingProblem(error)
  if (problem === undefined) return error
  const options = { cause: error, details: { path: file.path } }
  return problem.startsWith('Conversion Error')
    ? fail('columnType', `Cannot read '${file.path}' with the types declared: ${problem}`, options)
    : fail('damagedParquet', `Cannot read '${file.path}': it is damaged (${problem})`, options)
}

/** A Parquet file starts and ends with PAR1. */
async function checkMagic(file: NewFile): Promise<void> {
  const details = { details: { path: file.path } }
  const [head, tail] = await ends(file)
  if (head !== magic) throw fail('notParquet', `Cannot read '${file.path}': it is not a Parquet file`, details)
  if (tail !== magic || file.sizeBytes < 12) {
    throw fail('damagedParquet', `Cannot read '${file.path}': it is cut off, its end is missing`, details)
  }
}

const magic = 'PAR1'

async function ends(file: NewFile): Promise<readonly [string, string]> {
  try {
    await using handle = await open(file.absolutePath)
    const read = async (at: number): Promise<string> =>
      (await handle.read(Buffer.alloc(4), 0, 4, Math.max(0, at))).buffer.toString('latin1')
    return [await read(0), await read(file.sizeBytes - 4)]
  } catch (error) {
    throw openFailure(file.path, error)
  }
}
