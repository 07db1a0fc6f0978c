import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Digest } from './blobs.ts'
import type { Database } from './database.ts'
import type { Workspace } from './workspace.ts'

/** A table whose rows refer to bytes of the store. */
export interface ReferringTable {
  readonly table: string
  /** Columns of its primary key. */
  readonly key: readonly string[]
  /** Columns with digests, alone or within a text such as JSON. */
  readonly columns: readonly string[]
  /** Whether the bytes of a row are a text that names further bytes; given the columns of its key. */
  readonly isList?: (key: Readonly<Record<string, unknown>>) => boolean
}

/** What a component refers to of the bytes of the store: whatever is not named here may be collected. */
export interface BlobReferences {
  readonly tables: readonly ReferringTable[]
  /** Columns, as `table.column`, whose digests are of something else. */
  readonly notBytes?: readonly string[]
}

/** Every digest that some tables refer to, as often as they do. Reads a page at a time, so that others get their turn. */
export async function* referredDigests(
  workspace: Workspace,
  references: BlobReferences,
): AsyncGenerator<Digest, undefined> {
  for (const table of references.tables)
    for await (const row of pagesOf(workspace.database, table))
      for (const column of table.columns)
        for (const digest of digestsIn(row[column])) {
          yield digest
          if (table.isList?.(row)) yield* digestsIn(await textOf(workspace, digest))
        }
}

/** Everything in a text that may be a digest. */
export function digestsIn(text: unknown): readonly Digest[] {
  return typeof text === 'string' ? (text.match(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g) ?? []) : []
}

type Row = Readonly<Record<string, unknown>>

async function* pagesOf(database: Database, of: ReferringTable): AsyncGenerator<Row, undefined> {
  const key = sql.join(of.key.map((name) => sql.ref(name)))
  const selected = sql.join([...new Set([...of.key, ...of.columns])].map((name) => sql.ref(name)))
  for (let last: Row | undefined; ;) {
    const from = last ? sql` where (${key}) > (${sql.join(of.key.map((name) => (last as Row)[name]))})` : sql``
    const { rows } = await sql<Row>`
      select ${selected} from ${sql.table(of.table)}${from} order by ${key} limit ${pageRows}`.execute(database)
    yield* rows
    if (rows.length < pageRows) return
    last = rows.at(-1)
    await setImmediate()
  }
}

/** Bytes that are gone name nothing. */
async function textOf({ blobs }: Workspace, digest: Digest): Promise<string> {
  return (await blobs.has(digest)) ? (await blobs.read(digest)).toString('utf8') : ''
}

const pageRows = 1000
