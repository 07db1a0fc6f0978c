/** A part of DuckDB's syntax tree, as `json_serialize_sql` gives it. */
export type Syntax = { [key: string]: unknown }

/** Reads a syntax tree; numbers that JavaScript would write otherwise (1e10, 2⁶³) keep their text. */
export function readSyntax(json: string): Syntax {
  return parse(json, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? rawJson(source) : value,
  ) as Syntax
}

/** Writes a syntax tree for `json_deserialize_sql`. */
export const writeSyntax = (tree: Syntax): string => JSON.stringify(tree)

/** Every part of a tree that is an object, parents before children. */
export function* partsOf(value: unknown): Generator<Syntax> {
  if (Array.isArray(value)) {
    for (const item of value) yield* partsOf(item)
    return
  }
  if (value === null || typeof value !== 'object') return
  yield value as Syntax
  for (const item of Object.values(value)) yield* partsOf(item)
}

/** A field that holds one part, or undefined. */
export function partAt(part: Syntax, key: string): Syntax | undefined {
  const value = part[key]
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Syntax) : undefined
}

/** A field that holds a list of parts; empty where it is absent. */
export function listAt(part: Syntax, key: string): Syntax[] {
  const value = part[key]
  return Array.isArray(value) ? (value as Syntax[]) : []
}

/** A field that holds text; empty where it is absent. */
export function textAt(part: Syntax, key: string): string {
  const value = part[key]
  return typeof value === 'string' ? value : ''
}

// ECMAScript 2026 (JSON.parse source text access), which Node has and the standard library's types have not.
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown
const { rawJSON: rawJson } = JSON as unknown as { rawJSON: (text: string) => unknown }
