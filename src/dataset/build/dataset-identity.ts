import { contentHash } from '#platform'
import type { SystemVersion } from '#system'

/** How datasets are made; a change of it makes every dataset anew. */
const format = 2

/**
 * SHA-256 of what a dataset is asked to be: the system's name, the parts of its file that shape the table, and its
 * sources. A stored file counts by its digest, so that two stores with the same bytes give the same hash.
 */
export function datasetHash(system: SystemVersion, sources: Readonly<Record<string, string>>): string {
  const { task, entity, target, positive, time, outcomeAfter } = system.spec.framing
  return contentHash({
    format,
    system: system.system,
    dataset: system.spec.dataset,
    framing: { task, entity, target, positive, time, outcomeAfter },
    sources: Object.fromEntries(Object.entries(sources).map(([name, relation]) => [name, withoutFolders(relation)])),
  })
}

/** A relation with the path of each stored file cut down to its digest. */
const withoutFolders = (relation: string): string =>
  relation.replace(/'[^']*[/\\]([0-9a-f]{2})[/\\](\1[0-9a-f]{62})(?=[^0-9a-f])/g, "'$2")
