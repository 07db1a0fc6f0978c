import { quoteName, quoteText, type Workspace } from '#platform'
import { unifyTypes } from './column-types.ts'
import type { Snapshot } from './schema.ts'

/**
 * SQL of a relation, to stand in FROM: the rows of some snapshots, one after the other, columns by name. A column that
 * a snapshot lacks is null there; one with another type has the type that holds the values of all, and a column without
 * any value has no say in that.
 *
 * @throws RangeError without a snapshot
 */
export function snapshotRelation(
  workspace: Workspace,
  snapshots: readonly Pick<Snapshot, 'digest' | 'columns' | 'rows'>[],
): string {
  if (snapshots.length === 0) throw new RangeError('Cannot make a relation: there is no snapshot')
  const columns = unifiedColumns(snapshots)
  const groups: { readonly casts: string; readonly digests: string[] }[] = []
  for (const snapshot of snapshots) {
    const casts = castsOf(snapshot, columns)
    const last = groups.at(-1)
    if (last?.casts === casts) last.digests.push(snapshot.digest)
    else groups.push({ casts, digests: [snapshot.digest] })
  }
  const read = (digests: readonly string[]): string => {
    const paths = digests.map((digest) => quoteText(workspace.blobs.pathOf(digest)))
    return `read_parquet([${paths.join(', ')}], union_by_name=true)`
  }
  const [only] = groups
  if (only && groups.length === 1 && only.casts === '') return read(only.digests)
  const selects = groups.map(({ casts, digests }) => `select *${casts} from ${read(digests)}`)
  return `(${selects.join(' union all by name ')})`
}

/** Type by column over all snapshots. */
function unifiedColumns(snapshots: readonly Pick<Snapshot, 'columns' | 'rows'>[]): ReadonlyMap<string, string> {
  const types = new Map<string, { type: string; isFilled: boolean }>()
  for (const { columns, rows } of snapshots) {
    for (const { name, type, nulls } of columns) {
      const isFilled = nulls < rows
      const before = types.get(name)
      if (!before || (isFilled && !before.isFilled)) types.set(name, { type, isFilled })
      else if (isFilled) types.set(name, { type: unifyTypes(before.type, type), isFilled })
    }
  }
  return new Map([...types].map(([name, { type }]) => [name, type]))
}

function castsOf({ columns }: Pick<Snapshot, 'columns'>, types: ReadonlyMap<string, string>): string {
  const casts = columns
    .filter(({ name, type }) => types.get(name) !== type)
    .map(({ name }) => `${quoteName(name)}::${types.get(name)} as ${quoteName(name)}`)
  return casts.length === 0 ? '' : ` replace (${casts.join(', ')})`
}
