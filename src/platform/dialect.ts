import {
  ExpressionWrapper,
  PostgresAdapter,
  sql,
  type Expression,
  type Kysely,
  type RawBuilder,
  type RawNode,
} from 'kysely'

/** Whether facts stand in PostgreSQL, and not in SQLite. */
export const isPostgres = <Tables>(database: Kysely<Tables>): boolean =>
  database.getExecutor().adapter instanceof PostgresAdapter

/** What is written differently for each database: the right one is taken when the statement is made. */
export function dialectSql<T>(of: { readonly sqlite: RawBuilder<T>; readonly postgres: RawBuilder<T> }): RawBuilder<T> {
  const node: DialectNode = {
    ...of.sqlite.toOperationNode(),
    postgres: of.postgres.toOperationNode(),
  }
  return sql`${new ExpressionWrapper<unknown, never, T>(node)}`
}

/** SQL with what takes its place on PostgreSQL. */
export interface DialectNode extends RawNode {
  readonly postgres?: RawNode
}

/** A JSON object, by the names of its parts. */
export function jsonObject(parts: Readonly<Record<string, Expression<unknown>>>): RawBuilder<unknown> {
  const list = sql.join(Object.entries(parts).flatMap(([name, part]) => [sql.lit(name), part]))
  return dialectSql({ sqlite: sql`json_object(${list})`, postgres: sql`json_build_object(${list})` })
}

/**
 * A JSON list, as text, of what stands in the rows of a group; an empty one where there are none.
 * @param order of the items, which SQLite takes as the rows come: name the order of the index that it reads
 */
export const jsonList = (item: Expression<unknown>, order: Expression<unknown>): RawBuilder<string> =>
  dialectSql({
    sqlite: sql`json_group_array(${item})`,
    postgres: sql`coalesce(json_agg(${item} order by ${order}), '[]')::text`,
  })

/** A list of values to look for, however long: one parameter, so that the statement stays the same. */
export function listed<Value extends string | number>(values: readonly Value[]): RawBuilder<Value> {
  const text = JSON.stringify(values)
  const items = sql`json_array_elements_text(cast(${text} as text)::json)`
  return dialectSql<Value>({
    sqlite: sql`(select value from json_each(${text}))`,
    postgres:
      values.length === 0
        ? sql`(null)`
        : typeof values[0] === 'number'
          ? sql`(select value::bigint from ${items})`
          : sql`(select value from ${items})`,
  })
}
