import type { TreeEnsemble } from './schema.ts'
import { columnCount } from './tree-inputs.ts'
import type { TreeInput } from './tree-inputs.ts'

/** How much of what all splits saved is owed to each input: share of the total gain, largest first. */
export function gainByInput(
  ensemble: TreeEnsemble,
  inputs: readonly TreeInput[],
): { readonly input: string; readonly share: number }[] {
  const gains = new Float64Array(inputs.length)
  const inputOf = inputs.flatMap((input, place) => Array.from({ length: columnCount(input) }, () => place))
  for (const tree of ensemble.trees)
    for (const node of tree) {
      if (node.kind === 'leaf') continue
      const place = inputOf[node.feature] as number
      gains[place] = (gains[place] as number) + node.gain
    }
  const total = gains.reduce((sum, gain) => sum + gain, 0)
  return inputs
    .map(({ input }, place) => ({ input, share: total > 0 ? (gains[place] as number) / total : 0 }))
    .sort((a, b) => b.share - a.share || (a.input < b.input ? -1 : 1))
}
