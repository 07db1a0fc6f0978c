/** Items by a key of theirs, compared by code units: the same order everywhere. */
export function sortedBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  return items
    .map((item) => [keyOf(item), item] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, item]) => item)
}

/** Tags or parameters by their names. */
export const sortedPairs = <Pair extends { readonly name: string }>(pairs: readonly Pair[]): Pair[] =>
  sortedBy(pairs, ({ name }) => name)
