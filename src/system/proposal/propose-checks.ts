import type { ColumnRoles } from './column-roles.ts'
import { literal, numberLiteral, textLiteral } from './literals.ts'
import { knownValues, sniffKind, type ColumnSniff, type FileSniff } from './sniff.ts'

/** Calls of the builders of checks, one text each, and the names of those builders. */
export interface ProposedChecks {
  readonly calls: readonly string[]
  readonly builders: readonly string[]
}

/** Checks that the file itself passes: what has been true of every row should stay true. */
export function proposeChecks(file: FileSniff, roles: ColumnRoles): ProposedChecks {
  const proposed: (readonly [builder: string, call: string])[] = []
  if (file.rows > 1) proposed.push(['rowCount', `rowCount({ min: ${numberLiteral(Math.ceil(file.rows / 2))} })`])
  for (const column of file.columns) {
    const name = textLiteral(column.name)
    const severity = column === roles.time || column === roles.target ? ", { severity: 'quarantine' }" : ''
    if (column.nulls === 0 && file.rows > 0) proposed.push(['notNull', `notNull(${name}${severity})`])
    if (roles.ids.includes(column) && column.distinct === file.rows) proposed.push(['unique', `unique(${name})`])
    const range = rangeOf(column)
    const values = valuesOf(column)
    if (values !== null) proposed.push(['inSet', `inSet(${name}, [${values.map(literal).join(', ')}])`])
    else if (range !== null && !roles.ids.includes(column))
      proposed.push(['between', `between(${name}, ${numberLiteral(range[0])}, ${numberLiteral(range[1])})`])
  }
  return { calls: proposed.map(([, call]) => call), builders: [...new Set(proposed.map(([builder]) => builder))] }
}

/** The values of a text column that chooses among few. */
function valuesOf(column: ColumnSniff): readonly (string | number | boolean)[] | null {
  if (sniffKind(column.type) !== 'text') return null
  const values = knownValues(column)
  return values !== null && values.length <= mostValues ? [...values].sort((a, b) => (a < b ? -1 : 1)) : null
}

/**
 * Least and greatest number with a fifth of their span to spare, rounded; what never was negative must not become so.
 */
function rangeOf(column: ColumnSniff): readonly [number, number] | null {
  const { type, min, max } = column
  if (sniffKind(type) !== 'number' || !isFiniteNumber(min) || !isFiniteNumber(max) || min >= max) return null
  const spare = (max - min) / 5
  const step = 10 ** Math.floor(Math.log10(max - min) - 1)
  if (!Number.isFinite(spare) || !(step > 0)) return null
  const low = tidy(Math.floor((min - spare) / step) * step)
  const high = tidy(Math.ceil((max + spare) / step) * step)
  if (!Number.isFinite(low) || !Number.isFinite(high)) return null
  return [min >= 0 && low < 0 ? 0 : Math.min(low, min), Math.max(high, max)]
}

const isFiniteNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const tidy = (value: number): number => Number(value.toPrecision(6))
const mostValues = 12
