import { isFailure, quoteName, quoteText, type Lake } from '#platform'
import type { SourceSpec } from '#system'
import { fail } from '../failures.ts'

interface DeclaredTypes {
  readonly path: string
  /** SQL of a relation whose columns are VARCHAR. */
  readonly relation: string
  readonly names: readonly string[]
  readonly declared: SourceSpec['columns']
}

/**
 * Holds declared types to be types, and values of text columns not to be rounded: DuckDB makes 2.5 a BIGINT of 3.
 * @throws {Failure} `ingress/columnType`
 */
export async function checkDeclaredTypes(
  lake: Lake,
  { path, relation, names, declared }: DeclaredTypes,
): Promise<void> {
  for (const [name, type] of Object.entries(declared ?? {})) {
    if (!names.includes(name)) continue
    const details = { details: { path, column: name, type } }
    const [known] = await lake.describe(`select null::${type} as v`).catch((error: unknown) => {
      if (!isFailure(error)) throw error
      throw fail('columnType', `Cannot read '${path}': the column '${name}' is declared ${type}, which is no type`, {
        ...details,
        cause: error,
      })
    })
    if (!known || !/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(known.type)) continue
    const column = quoteName(name)
    const isFraction = `contains(${column}, '.') and try_cast(${column} as double) <> floor(try_cast(${column} as double))`
    const [found] = await lake.rows<{ n: number; example: string | null }>(
      `select count(*) as n, min(${column}) as example from ${relation} where ${isFraction}`,
    )
    if (!found || found.n === 0) continue
    throw fail(
      'columnType',
      `Cannot read '${path}': the column '${name}' is declared ${type}, but ${found.n} values have fractions, such as ${found.example}`,
      { ...details, remedy: `Declare ${quoteText(name)} as DOUBLE` },
    )
  }
}
