import { listAt, partAt, partsOf, textAt, type Syntax } from '../sql/syntax.ts'

/** Name of the output that says whether the condition of a SELECT keeps a row. */
export const keptName = 'row is kept'

export interface NarrowOptions {
  /** Names of the output columns, in order. */
  readonly names: readonly string[]
  /** Columns that are wanted. */
  readonly keep: ReadonlySet<string>
  /** Whether to give the condition as a column, {@link keptName}. */
  readonly tellsKept: boolean
}

/**
 * Narrows a SELECT, in place, to the columns that are wanted, and takes out what chooses rows: conditions, limits,
 * samples and order.
 * @param statement a tree that reads one source row by row
 * @returns whether what is left reads each row alone, so that rows come out as they went in
 */
export function narrowSelect(statement: Syntax, { names, keep, tellsKept }: NarrowOptions): boolean {
  const node = partAt(statement, 'node') as Syntax
  const where = partAt(node, 'where_clause')
  const items = listAt(node, 'select_list')
  // With a star the items are not the columns one by one: then all of them are computed.
  const chosen = items.some((item) => item['class'] === 'STAR') ? items : chosenItems(items, { names, keep })
  node['select_list'] = tellsKept && where ? [...chosen, { ...where, alias: keptName }] : chosen
  for (const part of partsOf(statement)) {
    if (part['type'] === 'SELECT_NODE')
      Object.assign(part, { where_clause: null, qualify: null, sample: null, modifiers: [] })
    if (part['type'] === 'BASE_TABLE' || part['type'] === 'SUBQUERY') part['sample'] = null
  }
  return ![...partsOf(statement)].some((part) => part['class'] === 'WINDOW' || part['class'] === 'SUBQUERY')
}

/** The items of the columns to keep, and those whose alias one of them names, each under its column's name. */
function chosenItems(
  items: readonly Syntax[],
  { names, keep }: { names: readonly string[]; keep: ReadonlySet<string> },
): Syntax[] {
  const chosen = new Set(items.filter((_, place) => keep.has(names[place] as string)))
  for (const item of items.toReversed()) {
    const alias = textAt(item, 'alias').toLowerCase()
    if (alias !== '' && [...chosen].some((other) => other !== item && mentions(other, alias))) chosen.add(item)
  }
  return items.flatMap((item, place) => (chosen.has(item) ? [{ ...item, alias: names[place] }] : []))
}

const mentions = (item: Syntax, name: string): boolean =>
  [...partsOf(item)].some((part) =>
    ((part['column_names'] ?? []) as string[]).some((word) => word.toLowerCase() === name),
  )
