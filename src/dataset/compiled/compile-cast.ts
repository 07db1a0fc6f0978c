import { literal, literalMoment, literalValue } from './compile-literal.ts'
import { integerIn, integerTypes } from './integer-range.ts'
import { startOfDay } from './source-column.ts'
import { leaveToSql, type Compiled, type Kind, type Range, type Value } from './value.ts'

/** `cast(of as type)`. Text is read only where it is a literal. */
export function compileCast(of: Compiled, type: string): Compiled {
  if (of.kind === 'null') return leaveToSql()
  if (of.kind === 'text' && of.isLiteral && type !== 'VARCHAR') return castLiteral(literalValue(of), type)
  const range = integerTypes.get(type)
  if (range) return { kind: 'integer', range, evaluate: converted(of, toInteger(of.kind, range)) }
  const cast = casts[type]?.[of.kind]
  if (!cast) return leaveToSql()
  return { kind: kinds[type] as Kind, evaluate: cast === 'same' ? of.evaluate : converted(of, cast) }
}

type Convert = (value: Value) => Value

const converted =
  ({ evaluate }: Compiled, convert: Convert): Compiled['evaluate'] =>
  (row) => {
    const value = evaluate(row)
    return value === null ? null : convert(value)
  }

function toInteger(kind: Kind, range: Range): Convert {
  if (kind === 'integer' || kind === 'boolean') return (value) => integerIn(range, Number(value))
  return leaveToSql()
}

const kinds: Readonly<Record<string, Kind>> = {
  DOUBLE: 'double',
  VARCHAR: 'text',
  BOOLEAN: 'boolean',
  TIMESTAMP: 'moment',
  DATE: 'date',
}

const casts: Readonly<Record<string, Partial<Record<Kind, Convert | 'same'>>>> = {
  DOUBLE: { double: 'same', integer: 'same', decimal: 'same', boolean: Number },
  VARCHAR: { text: 'same', integer: String, boolean: String },
  BOOLEAN: { boolean: 'same', integer: (value) => value !== 0 },
  TIMESTAMP: { moment: 'same', date: 'same' },
  DATE: { date: 'same', moment: (value) => startOfDay(value as number) },
}

function castLiteral(text: Value, type: string): Compiled {
  if (type === 'BOOLEAN' && (text === 't' || text === 'f')) return literal('boolean', text === 't')
  if (type !== 'TIMESTAMP' && type !== 'DATE') return leaveToSql()
  const kind = type === 'DATE' ? 'date' : 'moment'
  // What is cast has a type of its own.
  return { ...literal(kind, literalMoment(text, kind)), isLiteral: false }
}
