import type { Random } from '#platform'

/** Values to try, by parameter. */
export type SearchSpace = Readonly<Record<string, readonly (number | string | boolean)[]>>

/** A value for each parameter of a search space. */
export type Combination = Readonly<Record<string, number | string | boolean>>

/** Different combinations in random order: `count` of them, or all there are. */
export function drawCombinations(space: SearchSpace, count: number, random: Random): Combination[] {
  const names = Object.keys(space)
  const size = names.reduce((product, name) => product * (space[name] as readonly unknown[]).length, 1)
  const places =
    size <= 100_000
      ? random.shuffle(Array.from({ length: size }, (_, place) => place)).slice(0, count)
      : drawDistinct(size, count, random)
  return places.map((place) => {
    let rest = place
    const chosen = names.map((name) => {
      const values = space[name] as readonly (number | string | boolean)[]
      const value = values[rest % values.length] as number | string | boolean
      rest = Math.floor(rest / values.length)
      return [name, value] as const
    })
    return Object.fromEntries(chosen)
  })
}

function drawDistinct(size: number, count: number, random: Random): number[] {
  const drawn = new Set<number>()
  while (drawn.size < Math.min(count, size)) drawn.add(Math.floor(random.next() * size))
  return [...drawn]
}
