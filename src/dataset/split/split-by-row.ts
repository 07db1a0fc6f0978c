import type { Random } from '#platform'
import type { Split } from '../schema.ts'

/** Holds a share of the rows out at random; at least one, and never all of two or more. */
export function rowHoldout(rows: Int32Array, { share, random }: { share: number; random: Random }): Split {
  const order = random.shuffle([...rows])
  const count = Math.min(Math.max(1, Math.round(order.length * share)), Math.max(1, order.length - 1))
  return {
    train: ascending(order.slice(count)),
    test: ascending(order.slice(0, count)),
    label: `${Math.round(share * 100)} % at random`,
  }
}

/** Cuts the rows into folds at random, equal in size up to one row; each is the test of one split. */
export function rowFolds(rows: Int32Array, { folds, random }: { folds: number; random: Random }): readonly Split[] {
  const order = random.shuffle([...rows])
  return Array.from({ length: folds }, (_, fold) => ({
    train: ascending(order.filter((_row, place) => place % folds !== fold)),
    test: ascending(order.filter((_row, place) => place % folds === fold)),
    label: `fold ${fold + 1} of ${folds}`,
  }))
}

/** Places in rising order. */
export const ascending = (rows: readonly number[]): Int32Array => Int32Array.from(rows).sort()
