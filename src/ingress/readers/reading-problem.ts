import { isFailure, messageOf } from '#platform'

/** DuckDB's words, one line, for why a file could not be read; undefined when something else went wrong. */
export function readingProblem(error: unknown): string | undefined {
  const message = messageOf(error)
  // What the decoders of Parquet pages say comes as an 'Invalid Error', which the platform does not take for a query's.
  const isOfReading = isFailure(error) ? error.code === 'platform/badSql' : message.startsWith('Invalid Error')
  if (!isOfReading || message.includes('Out of Memory Error')) return undefined
  const lines = message.replace(/^Cannot run the query: /, '').split('\n')
  return (lines[0] as string).trim().replace(/\.$/, '')
}
