import type { SystemInput } from '../schema.ts'

type SourceInput = SystemInput['sources'][string]
type Paths = string | string[]
type SourceOptions = Omit<SourceInput, 'kind' | 'path' | 'delimiter'>

/** Rows of Parquet files: a path or glob relative to the system file, or several. */
export const parquet = (path: Paths, options: SourceOptions = {}): SourceInput => ({
  ...options,
  kind: 'parquet',
  path,
})

/** Rows of CSV files with a header line: a path or glob relative to the system file, or several. */
export const csv = (path: Paths, options: SourceOptions & Pick<SourceInput, 'delimiter'> = {}): SourceInput => ({
  ...options,
  kind: 'csv',
  path,
})

/** Rows of JSON files, each one array of objects: a path or glob relative to the system file, or several. */
export const json = (path: Paths, options: SourceOptions = {}): SourceInput => ({ ...options, kind: 'json', path })

/** Rows of files with one JSON object a line: a path or glob relative to the system file, or several. */
export const ndjson = (path: Paths, options: SourceOptions = {}): SourceInput => ({ ...options, kind: 'ndjson', path })
