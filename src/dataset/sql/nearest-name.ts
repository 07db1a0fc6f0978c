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

/** Levenshtein distance: insertions, deletions and substitutions of one letter. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, place) => place)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      current.push(
        Math.min((previous[j] as number) + 1, (current[j - 1] as number) + 1, (previous[j - 1] as number) + same),
      )
    }
    previous = current
  }
  return previous[b.length] as number
}
