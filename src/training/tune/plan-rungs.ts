/** One rung of successive halving. */
export interface Rung {
  /** From 0, the one with the fewest rows. */
  readonly place: number
  /** How many combinations are tried on it. */
  readonly combinations: number
  /** Rows they learn from. */
  readonly rows: number
  /** Those rows as a share of all. */
  readonly share: number
}

/**
 * Rungs for so many combinations and rows: a third of the combinations and three times the rows from one to the next, all
 * rows on the last. There are fewer rungs where the first would have less than {@link fewestRows}.
 */
export function planRungs(combinations: number, rows: number): Rung[] {
  const byCombinations = Math.floor(logBase(combinations))
  const byRows = Math.floor(logBase(rows / fewestRows))
  const last = Math.max(0, Math.min(byCombinations, byRows))
  return Array.from({ length: last + 1 }, (_, place) => {
    const share = factor ** (place - last)
    return {
      place,
      combinations: Math.ceil(combinations / factor ** place),
      rows: Math.max(1, Math.ceil(rows * share)),
      share,
    }
  })
}

/** Rows below which a trial tells little. */
const fewestRows = 1000

const factor = 3

// Rounded, since ln 27 / ln 3 falls short of 3 by the last bit.
const logBase = (value: number): number => Math.round((Math.log(value) / Math.log(factor)) * 1e9) / 1e9
