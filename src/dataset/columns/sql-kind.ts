/** What a DuckDB type holds, as far as a dataset tells types apart. */
export type SqlKind = 'number' | 'boolean' | 'timestamp' | 'text' | 'other'

/** The kind of a DuckDB type, by the name that `DESCRIBE` gives it. */
export function sqlKind(type: string): SqlKind {
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\([\d,]+\))$/.test(type)) return 'number'
  if (type === 'BOOLEAN') return 'boolean'
  if (/^(DATE|TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?)$/.test(type)) return 'timestamp'
  if (/^(VARCHAR|UUID|JSON|ENUM\(.*\))$/s.test(type)) return 'text'
  return 'other'
}
