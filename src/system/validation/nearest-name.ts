/**
 * The known name that a misspelt one most likely meant, or null when none is near.
 *
 * Near: at most one change in three characters by optimal string alignment (insert, remove, replace, swap neighbours),
 * letter case and the signs `-` and `_` aside.
 */
export function nearestName(name: string, known: readonly string[]): string | null {
  let best: string | null = null
  let bestDistance = Infinity
  for (const candidate of known) {
    const distance = alignmentDistance(plain(name), plain(candidate))
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return bestDistance <= Math.max(1, Math.floor(name.length / 3)) ? best : null
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_\s]/g, '')

/** @see Boytsov (2011), Indexing methods for approximate dictionary searching */
function alignmentDistance(a: string, b: string): number {
  let twoBack: number[] = []
  let oneBack = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(
        Math.min(
          (oneBack[j] as number) + 1,
          (row[j - 1] as number) + 1,
          (oneBack[j - 1] as number) + (same ? 0 : 1),
          swapped ? (twoBack[j - 2] as number) + 1 : Infinity,
        ),
      )
    }
    ;[twoBack, oneBack] = [oneBack, row]
  }
  return oneBack[b.length] as number
}
