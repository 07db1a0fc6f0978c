import { quoteName, quoteText, type Column, type Digest, type Lake, type Workspace } from '#platform'
import { fetchedColumn } from '../columns/fetched-column.ts'
import type { DatasetColumn } from '../schema.ts'

/** How one column is read: the SQL that fetches it quickly, and what makes the column of a table of that. */
export interface ColumnReader {
  readonly sql: string
  decode(fetched: Column): Column
}

/**
 * The reader of a column. Text with a dictionary is fetched as codes by an ENUM type of DuckDB, which the lake keeps:
 * making a JavaScript string for each row would cost more than all else.
 */
export async function columnReader(workspace: Workspace, column: DatasetColumn): Promise<ColumnReader> {
  const name = quoteName(column.name)
  if (column.dictionary === null) return asIs(fetchedColumn(name, column))
  const { type, values } = await dictionaryOf(workspace, column.dictionary)
  if (values.length === 0) return asIs(name)
  return {
    sql: `enum_code(cast(${name} as ${type}))`,
    decode: (fetched) => ({ kind: 'string', codes: codesOf(fetched), dictionary: values }),
  }
}

const asIs = (sql: string): ColumnReader => ({ sql, decode: (fetched) => fetched })

function codesOf(fetched: Column): Int32Array {
  if (fetched.kind === 'string') return fetched.codes
  const codes = new Int32Array(fetched.values.length)
  for (let row = 0; row < codes.length; row++) {
    const code = fetched.values[row] as number
    codes[row] = Number.isNaN(code) ? -1 : code
  }
  return codes
}

interface Dictionary {
  /** Name of the ENUM type in the lake. */
  readonly type: string
  readonly values: readonly string[]
}

/** Dictionaries by lake and digest: equal ones share one type, however many datasets there are. */
const opened = new WeakMap<Lake, Map<Digest, Promise<Dictionary>>>()

function dictionaryOf(workspace: Workspace, digest: Digest): Promise<Dictionary> {
  const { lake } = workspace
  const byDigest = opened.get(lake) ?? new Map<Digest, Promise<Dictionary>>()
  opened.set(lake, byDigest)
  const known = byDigest.get(digest)
  if (known) return known
  const opening = openDictionary(workspace, digest)
  byDigest.set(digest, opening)
  opening.catch(() => byDigest.delete(digest))
  return opening
}

async function openDictionary({ lake, blobs }: Workspace, digest: Digest): Promise<Dictionary> {
  const values = JSON.parse((await blobs.read(digest)).toString()) as string[]
  const type = `dictionary_${digest}`
  if (values.length > 0)
    await lake.run(`create type if not exists ${type} as enum (${values.map(quoteText).join(', ')})`)
  return { type, values }
}
