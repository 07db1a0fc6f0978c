import { fail } from '../failures.ts'
import type { NewFile } from '../new-files.ts'
import { readingProblem } from './reading-problem.ts'

/** Says what DuckDB found wrong with a JSON file, in words that fit the file. */
export function jsonFailure(file: NewFile, error: unknown): unknown {
  const problem = readingProblem(error)
  if (problem === undefined) return error
  const options = { cause: error, details: { path: file.path } }
  if (/non-record JSON|must be objects/i.test(problem)) {
    return fail('malformedJson', `Cannot read '${file.path}': it holds values that are no objects`, options)
  }
  const place = /(?:Malformed JSON|JSON transform error) in file ".*?", (.*)/.exec(problem)
  return fail('malformedJson', `Cannot read '${file.path}': ${place?.[1] ?? problem}`, options)
}
