/** All items of something that is read page by page, or as many as are wanted. */
export async function allPages<Item>(
  read: (page: { readonly offset: number; readonly limit: number }) => Promise<{
    readonly items: readonly Item[]
    readonly nextOffset: number | null
  }>,
  { most = Number.MAX_SAFE_INTEGER }: { readonly most?: number } = {},
): Promise<readonly Item[]> {
  const found: Item[] = []
  for (let offset: number | null = 0; offset !== null && found.length < most;) {
    const page: Awaited<ReturnType<typeof read>> = await read({ offset, limit: Math.min(1000, most - found.length) })
    found.push(...page.items)
    offset = page.nextOffset
  }
  return found.slice(0, most)
}
