import type { SourceSpec } from '#system'
import type { Reader } from './part.ts'
import { readCsv } from './read-csv.ts'
import { readJson } from './read-json.ts'
import { readNdjson } from './read-ndjson.ts'
import { readParquet } from './read-parquet.ts'

/** The reader of each kind of file. */
export const readers: Readonly<Record<SourceSpec['kind'], Reader>> = {
  csv: readCsv,
  json: readJson,
  ndjson: readNdjson,
  parquet: readParquet,
}
