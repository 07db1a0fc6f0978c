import { tensorText } from '#model'
import type { StringColumn } from '#platform'

/** A fitted encoder of a categorical column: one feature per category, 1 where it is the row's and 0 elsewhere. */
export interface CategoryEncoder {
  readonly input: string
  /** The categories with a feature, most frequent first; '' is the missing one. */
  readonly categories: readonly string[]
}

export interface CategoryOptions {
  /** Fewest training rows of a category that gets a feature; rarer and unseen ones have all features 0. */
  readonly minCount: number
  /** Most categories with a feature; the most frequent are kept, of equals the alphabetically first. */
  readonly maxCategories: number
}

/** Fits an encoder; undefined where no category is left, or one holds every row. */
export function fitCategory(
  input: string,
  column: StringColumn,
  options: CategoryOptions,
): CategoryEncoder | undefined {
  const texts = column.dictionary.map(tensorText)
  const counts = new Map<string, number>()
  for (const [code, count] of countCodes(column)) {
    const text = code < 0 ? '' : (texts[code] as string)
    counts.set(text, (counts.get(text) ?? 0) + count)
  }
  const kept = [...counts]
    .filter(([, count]) => count >= options.minCount)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .slice(0, options.maxCategories)
  if (kept.length === 0 || kept[0]?.[1] === column.codes.length) return undefined
  return { input, categories: kept.map(([text]) => text) }
}

/**
 * Place of each code's category among the features, `none` where it has no feature.
 * @returns a function of the code
 */
export function categoryPlaces(
  encoder: CategoryEncoder,
  column: StringColumn,
  places: { readonly first: number; readonly none: number },
): (code: number) => number {
  const byText = new Map(encoder.categories.map((text, i) => [text, places.first + i]))
  const placeOf = (text: string): number => byText.get(text) ?? places.none
  const byCode = Int32Array.from(column.dictionary, (text) => placeOf(tensorText(text)))
  const ofMissing = placeOf('')
  return (code) => (code < 0 ? ofMissing : (byCode[code] as number))
}

function countCodes(column: StringColumn): Map<number, number> {
  const counts = new Float64Array(column.dictionary.length + 1) // the missing are counted first
  for (const code of column.codes) counts[code + 1] = (counts[code + 1] as number) + 1
  return new Map(Array.from(counts, (count, i) => [i - 1, count] as const).filter(([, count]) => count > 0))
}
