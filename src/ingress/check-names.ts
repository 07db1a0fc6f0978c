import { fail } from './failures.ts'

/**
 * Holds the names of a file's columns to be distinct; DuckDB does not tell upper from lower case.
 * @throws {Failure} `ingress/duplicateColumns`
 */
export function checkNames(path: string, names: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const before = seen.get(name.toLowerCase())
    if (before !== undefined) {
      const how =
        before === name
          ? `two columns are named '${name}'`
          : `the columns '${before}' and '${name}' differ in case alone`
      throw fail('duplicateColumns', `Cannot read '${path}': ${how}`, { details: { path, column: name } })
    }
    seen.set(name.toLowerCase(), name)
  }
}
