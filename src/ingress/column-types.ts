/** What a type is about; a change within a family keeps the meaning of a column. */
export type TypeFamily = 'number' | 'time' | 'boolean' | 'text' | 'other'

const integers = ['UTINYINT', 'TINYINT', 'USMALLINT', 'SMALLINT', 'UINTEGER', 'INTEGER', 'UBIGINT', 'BIGINT', 'HUGEINT']

/** The family of a DuckDB type. */
export function typeFamily(type: string): TypeFamily {
  if (integers.includes(type) || type === 'UHUGEINT' || type === 'DOUBLE' || type === 'FLOAT') return 'number'
  if (/^DECIMAL\([\d,]+\)$/.test(type)) return 'number'
  if (isMoment(type)) return 'time'
  if (type === 'BOOLEAN') return 'boolean'
  if (type === 'VARCHAR' || type === 'UUID' || /^ENUM\([^[]*\)$/.test(type)) return 'text'
  return 'other'
}

/** Whether a DuckDB type is a date or a moment: what a time column may be. */
export function isMoment(type: string): boolean {
  return type === 'DATE' || type === 'TIMESTAMP WITH TIME ZONE' || /^TIMESTAMP(_S|_MS|_NS)?$/.test(type)
}

/**
 * The narrowest type that holds the values of both: integers widen, other numbers meet in DOUBLE, moments in TIMESTAMP,
 * and all else in VARCHAR.
 */
export function unifyTypes(a: string, b: string): string {
  if (a === b) return a
  const family = typeFamily(a)
  if (family !== typeFamily(b)) return 'VARCHAR'
  if (family === 'number') {
    return unifyNumbers(a, b)
  }
  if (family === 'time') {
    if (a === 'TIMESTAMP WITH TIME ZONE' || b === 'TIMESTAMP WITH TIME ZONE') return 'TIMESTAMP WITH TIME ZONE'
    return 'TIMESTAMP'
  }
  return 'VARCHAR'
}

function unifyNumbers(a: string, b: string): string {
  const [low, high] = [integers.indexOf(a), integers.indexOf(b)].toSorted((x, y) => x - y) as [number, number]
  if (low < 0) return 'DOUBLE'
  const isUnsigned = (place: number): boolean => (integers[place] as string).startsWith('U')
  if (isUnsigned(low) === isUnsigned(high)) return integers[high] as string
  // A signed type holds an unsigned one only when it is wider.
  const unsigned = isUnsigned(low) ? low : high
  return integers[Math.max(high, unsigned + 3)] ?? 'HUGEINT'
}
