import type { Lake } from '#platform'
import { fail } from '../failures.ts'

/** A node of DuckDB's syntax tree, as `json_serialize_sql` writes it; which fields there are depends on `class`. */
export interface SqlNode {
  readonly class: string
  readonly type: string
  /** Bytes from the start of the statement; far beyond its end where DuckDB does not know. */
  readonly query_location: number
  readonly children?: readonly SqlNode[]
  readonly left?: SqlNode
  readonly right?: SqlNode
  readonly input?: SqlNode
  readonly lower?: SqlNode
  readonly upper?: SqlNode
  readonly child?: SqlNode
  readonly cast_type?: { readonly id: string }
  readonly column_names?: readonly string[]
  readonly function_name?: string
  readonly case_checks?: readonly { readonly when_expr: SqlNode; readonly then_expr: SqlNode }[]
  readonly else_expr?: SqlNode
  readonly value?: SqlConstant
}

export interface SqlConstant {
  readonly type: { readonly id: string; readonly type_info: { readonly scale?: number } | null }
  readonly is_null: boolean
  readonly value?: number | string | boolean | { readonly upper: number; readonly lower: number }
}

/**
 * Parses the one expression of a rule, with DuckDB's own parser.
 * @throws {Failure} `training/ruleSyntax` naming the place
 */
export async function parseRule(lake: Lake, sql: string): Promise<SqlNode> {
  const [row] = await lake.rows<{ tree: string }>('select json_serialize_sql(?::varchar) as tree', [
    `${prefix}${sql}\n)`,
  ])
  const parsed = JSON.parse((row as { tree: string }).tree) as Parsed
  if (parsed.error) {
    const at = Number(parsed.position ?? prefix.length) - prefix.length
    const place = at > sql.length ? 'the end' : placeIn(sql, at)
    throw fail('ruleSyntax', `Cannot read the rule: ${parsed.error_message} at ${place}`, { details: { at } })
  }
  const select = parsed.statements[0]?.node
  const expression = select?.select_list?.[0]
  if (!expression || parsed.statements.length > 1 || select?.from_table?.type !== 'EMPTY')
    throw fail('ruleSyntax', 'Cannot read the rule: it is a query, not one expression')
  return expression
}

const prefix = 'SELECT ('

/** Place of a node in the rule's text, from its own or its first child's location; 0 where DuckDB knows neither. */
export function placeOf(node: SqlNode): number {
  const found = [node, node.left, node.input, node.child, ...(node.children ?? [])]
    .map((part) => part?.query_location ?? Infinity)
    .find((location) => location < 1e15)
  return Math.max(0, (found ?? prefix.length) - prefix.length)
}

/** A place in a text, for people: its number from 1, and what stands there. */
export function placeIn(sql: string, at: number): string {
  // DuckDB counts bytes.
  const before = Buffer.from(sql).subarray(0, at).toString().length
  const rest = sql.slice(before).replaceAll(/\s+/g, ' ').trim()
  const shown = rest.length > 24 ? `${rest.slice(0, 24)}…` : rest
  return `character ${before + 1}${shown ? ` (${shown})` : ''}`
}

interface Parsed {
  readonly error: boolean
  readonly error_message?: string
  readonly position?: string
  readonly statements: readonly {
    readonly node?: { readonly select_list?: readonly SqlNode[]; readonly from_table?: { readonly type: string } }
  }[]
}
