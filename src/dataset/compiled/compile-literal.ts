import { textAt, partAt, type Syntax } from '../sql/syntax.ts'
import { integerTypes } from './integer-range.ts'
import { leaveToSql, type Compiled, type Kind, type Range, type Value } from './value.ts'

/** A constant of the SQL. */
export function compileLiteral(node: Syntax): Compiled {
  const { type, is_null: isNull, value } = (node['value'] ?? {}) as Syntax
  const id = textAt((type ?? {}) as Syntax, 'id')
  if (isNull === true) return id === 'NULL' ? literal('null', null) : leaveToSql()
  const range = integerTypes.get(id)
  if (range) return Number.isSafeInteger(value) ? literal('integer', value as number, range) : leaveToSql()
  if (id === 'DOUBLE') return literal('double', finite(numberOf(value)))
  if (id === 'DECIMAL') return decimal(value, partAt(type as Syntax, 'type_info')?.['scale'])
  if (id === 'BOOLEAN' && typeof value === 'boolean') return literal('boolean', value)
  if (id === 'VARCHAR' && typeof value === 'string') return literal('text', value)
  return leaveToSql()
}

/** A value that stands in the SQL as it is. */
export function literal(kind: Kind, value: Value, range?: Range): Compiled {
  return { kind, evaluate: () => value, isLiteral: true, ...(range ? { range } : {}) }
}

/** The value of a literal. */
export const literalValue = ({ evaluate }: Compiled): Value => evaluate([])

/** A quotient of two numbers that are exact is the double next to it, as DuckDB's cast to double gives it. */
function decimal(unscaled: unknown, scale: unknown): Compiled {
  if (!Number.isSafeInteger(unscaled) || typeof scale !== 'number' || scale > 15) return leaveToSql()
  return literal('decimal', (unscaled as number) / 10 ** scale)
}

/** Numbers that JavaScript would write otherwise are kept as their text. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  const text = value !== null && typeof value === 'object' ? (value as { rawJSON?: unknown }).rawJSON : undefined
  return typeof text === 'string' ? Number(text) : NaN
}

const finite = (value: number): number => (Number.isFinite(value) ? value : leaveToSql())

/** Epoch milliseconds of a literal moment; of a date alone where only that is wanted. */
export function literalMoment(text: Value, kind: 'moment' | 'date'): number {
  const [, day, time] = typeof text === 'string' ? (momentForm.exec(text) ?? []) : []
  if (day === undefined || (kind === 'date' && time !== undefined)) return leaveToSql()
  const moment = Date.parse(`${day}T${time ?? '00:00:00'}Z`)
  const isSame = !Number.isNaN(moment) && new Date(moment).toISOString().startsWith(day)
  return isSame ? moment : leaveToSql()
}

const momentForm = /^((?!0000)\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}:\d{2}))?$/
