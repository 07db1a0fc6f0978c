/**
 * The name that was probably meant: the one with the fewest edits, where those are at most a third of its letters.
 *
 * @param given what was written
 * @param names what there is
 * @returns undefined when nothing is near
 */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  const folded = given.toLowerCase()
  let best: { name: string; edits: number } | undefined
  for (const name of names) {
    const edits = editDistance(folded, name.toLowerCase())
    const allowed = Math.max(1, Math.floor(Math.max(given.length, name.length) / 3))
    if (edits <= allowed && (!best || edits < best.edits)) best = { name, edits }
  }
  return best?.name
}

/** The words that follow a wrong name in a message: what was meant, where that is near, and what there is. */
export function suggestion(given: string, names: readonly string[]): string {
  const nearest = nearestName(given, names)
  const meant = nearest === undefined ? '' : `; did you mean '${nearest}'?`
  if (names.length === 0) return meant
  const shown = names.slice(0, mostShown).join(', ')
  const more = names.length > mostShown ? ` and ${names.length - mostShown} more` : ''
  return `${meant}${meant ? ' Known: ' : '; known: '}${shown}${more}`
}

const mostShown = 30

/** Optimal string alignment: insertions, deletions, substitutions of a letter, and swaps of neighbours, each once. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, place) => place)]
  const at = (i: number, j: number): number => rows[i]?.[j] as number
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwap ? at(i - 2, j - 2) + 1 : Infinity
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, changed, swapped))
    }
  }
  return at(a.length, b.length)
}
