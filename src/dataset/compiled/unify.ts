import { joinedRange } from './integer-range.ts'
import { leaveToSql, type Compiled, type Kind } from './value.ts'

/** Items as one kind, as CASE, COALESCE and IN see them: a bare NULL is of any, an integer beside a double is one. */
export function unify(items: readonly Compiled[]): { readonly items: readonly Compiled[]; readonly of: Compiled } {
  const typed = items.filter(({ kind }) => kind !== 'null')
  const [first, ...rest] = typed
  if (!first) return leaveToSql()
  const kind = rest.reduce((joined, item) => joinedKind(joined, item.kind), first.kind)
  // What decimals are among themselves, and beside integers, is left to DuckDB.
  if (kind === 'decimal') return leaveToSql()
  if (kind !== 'integer') return { items, of: { ...first, kind } }
  const range = rest.reduce(
    (joined, item) => ({ ...joined, range: joinedRange(joined, item), isLiteral: bothLiteral(joined, item) }),
    first,
  )
  return { items, of: { ...range, kind } }
}

const bothLiteral = (a: Compiled, b: Compiled): boolean => a.isLiteral === true && b.isLiteral === true

/** The kind of two values that stand for each other. */
export function joinedKind(a: Kind, b: Kind): Kind {
  if (a === b) return a
  const both = new Set([a, b])
  if (both.has('double') && (both.has('integer') || both.has('decimal'))) return 'double'
  if (both.has('moment') && both.has('date')) return 'moment'
  return leaveToSql()
}
