import type { components } from '#sdk'

type Run = components['schemas']['RunRecord']

/** One thing that is known of two runs, and whether it differs. */
export interface Difference {
  readonly kind: 'param' | 'metric' | 'tag' | 'dataset' | 'origin' | 'status'
  readonly name: string
  /** Null where a run has none. */
  readonly values: readonly [string | number | null, string | number | null]
  readonly differs: boolean
  /** Of two numbers, the second less the first. */
  readonly change: number | null
}

/** Everything that is known of either of two runs, kind by kind and by name. */
export function runDifferences(one: Run, other: Run): readonly Difference[] {
  const compared = (kind: Difference['kind'], entries: (run: Run) => readonly Entry[]): Difference[] => {
    const [first, second] = [new Map(entries(one)), new Map(entries(other))]
    const names = [...new Set([...first.keys(), ...second.keys()])].sort()
    return names.map((name) => {
      const values = [first.get(name) ?? null, second.get(name) ?? null] as const
      const [a, b] = values
      const change = typeof a === 'number' && typeof b === 'number' ? b - a : null
      return { kind, name, values, differs: a !== b, change }
    })
  }
  return [
    ...compared('status', (run) => [['status', run.status]]),
    ...compared('param', (run) => run.params.map(pair)),
    ...compared('metric', (run) => run.metrics.map(pair)),
    ...compared('tag', (run) => run.tags.map(pair)),
    ...compared('dataset', (run) =>
      run.datasets.map(({ name, digest, context }) => [context ? `${context} ${name}` : name, digest]),
    ),
    ...compared('origin', (run) =>
      originKeys.map((key) => [key, (run.origin?.[key] as string | number | undefined) ?? null]),
    ).filter(({ values }) => values.some((value) => value !== null)),
  ]
}

type Entry = readonly [string, string | number | null]

const pair = <Value extends string | number>({ name, value }: { readonly name: string; readonly value: Value }) =>
  [name, value] as const

const originKeys = ['kind', 'seed', 'commit_hash', 'data_hash', 'system_hash']
