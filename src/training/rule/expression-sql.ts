import { quoteName, quoteText } from '#platform'
import { farthestMs } from '../calendar/calendar-part.ts'
import type { Expression, PatternPart } from './expression.ts'

/**
 * DuckDB SQL of an expression: numbers are FLOAT, moments DOUBLE, and everything that DuckDB would raise an error for is
 * missing or infinite instead, as in a graph. Columns stand in their raw form: number columns DOUBLE, text VARCHAR.
 */
export function expressionSql(expression: Expression): string {
  const sql = expressionSql
  switch (expression.kind) {
    case 'column':
      return columnSql(expression)
    case 'literal':
      return literalSql(expression)
    case 'case': {
      const branches = expression.branches.map(({ when, value }) => `when ${sql(when)} then ${sql(value)}`)
      return `(case ${branches.join(' ')} else ${sql(expression.otherwise)} end)`
    }
    case 'coalesce':
      return `coalesce(${expression.items.map(sql).join(', ')})`
    case 'arithmetic':
      return arithmeticSql(expression.operator, sql(expression.left), sql(expression.right))
    case 'function':
      return functionSql(expression.name, sql(expression.of))
    case 'extreme':
      return `${expression.which}(${expression.items.map(sql).join(', ')})`
    case 'part':
      return `${expression.part}(make_timestamp_ms(floor(${sql(expression.of)})::bigint))::float`
    case 'startOfDay':
      return `(floor(${sql(expression.of)} / 86400000e0) * 86400000e0)`
    case 'asNumber':
      return `${sql(expression.of)}::float`
    case 'asBoolean':
      return `(${sql(expression.of)} <> 0::float)`
    case 'compare':
      return `(${sql(expression.left)} ${expression.operator} ${sql(expression.right)})`
    case 'and':
    case 'or':
      return `(${expression.items.map(sql).join(` ${expression.kind} `)})`
    case 'not':
      return `(not ${sql(expression.of)})`
    case 'isNull':
      return `(${sql(expression.of)} is null)`
    case 'member':
      return `(${sql(expression.of)} in (${expression.values.map(quoteText).join(', ')}))`
    case 'match': {
      const text = sql(expression.of)
      const folded = expression.letters ? `${expression.letters}(${text})` : text
      return `(${folded} like ${patternSql(expression.pattern)} escape '\\')`
    }
    case 'concat':
      return `(${expression.items.map(sql).join(' || ')})`
    case 'letters':
    default:
      throw new TypeError('Cannot write SQL: the rule was not resolved to its end')
  }
}

type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>

function columnSql({ name, type }: Of<'column'>): string {
  const column = quoteName(name)
  switch (type) {
    case 'number':
      return `${column}::float`
    case 'boolean':
      return `(${column} <> 0)`
    case 'text':
      return `nullif(${column}, '')`
    case 'moment':
    default:
      return `(case when abs(${column}) <= ${farthestMs} then ${column} end)`
  }
}

function literalSql({ type, value }: Of<'literal'>): string {
  const sqlType = { number: 'float', moment: 'double', text: 'varchar', boolean: 'boolean' }[type]
  if (value === null) return `null::${sqlType}`
  if (typeof value === 'number') return `${numberSql(value)}::${sqlType}`
  return typeof value === 'string' ? quoteText(value) : String(value)
}

function numberSql(value: number): string {
  if (!Number.isFinite(value)) return `'${value}'`
  const text = String(value)
  // A negative number before `::` would be cast before it is negated.
  return `(${text.includes('e') ? text : `${text}e0`})`
}

function arithmeticSql(operator: Of<'arithmetic'>['operator'], left: string, right: string): string {
  if (operator === 'power') return floatSql(`pow(${left}::double, ${right}::double)`)
  return `nullif(${left} ${operator} ${right}, 'nan'::float)`
}

function functionSql(name: Of<'function'>['name'], of: string): string {
  switch (name) {
    case 'negate':
      return `(-${of})`
    case 'sign':
      return `sign(${of})::float`
    case 'roundEven':
      return `round_even(${of}, 0)`
    case 'sqrt':
      return `(case when ${of} >= 0 then sqrt(${of})::float end)`
    case 'ln':
      return `(case when ${of} > 0 then ln(${of}::double)::float end)`
    case 'exp':
      return floatSql(`exp(${of}::double)`)
    default:
      return `${name}(${of})`
  }
}

/** A DOUBLE as FLOAT: not a number is missing, beyond the range is infinite. */
function floatSql(double: string): string {
  const limit = '3.4028234663852886e38'
  const value = `nullif(${double}, 'nan'::double)`
  return `(case when ${value} > ${limit} then 'inf'::float when ${value} < -${limit} then '-inf'::float else (${value})::float end)`
}

function patternSql(pattern: readonly PatternPart[]): string {
  const parts = pattern.map((part) =>
    part === 'any' ? '%' : part === 'one' ? '_' : part.text.replaceAll(/[\\%_]/g, (letter) => `\\${letter}`),
  )
  return quoteText(parts.join(''))
}
