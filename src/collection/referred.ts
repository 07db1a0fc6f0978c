import { stepDigests } from '#orchestration'
import { referredDigests, type Digest, type Workspace } from '#platform'

/**
 * All bytes that facts refer to.
 * @param without references that are about to go, by how many they are: bytes that nothing else refers to are left out
 */
export async function referred(
  workspace: Workspace,
  without: ReadonlyMap<Digest, { readonly count: number }> = new Map(),
): Promise<ReadonlySet<Digest>> {
  const found = new Set<Digest>()
  const seen = new Map<Digest, number>()
  for await (const digest of everyReference(workspace)) {
    const going = without.get(digest)
    if (going === undefined) found.add(digest)
    else {
      const times = (seen.get(digest) ?? 0) + 1
      seen.set(digest, times)
      if (times > going.count) found.add(digest)
    }
  }
  return found
}

async function* everyReference(workspace: Workspace): AsyncGenerator<Digest, undefined> {
  // Loaded here, since it is of every component there is: a server starts without most of them.
  const { allReferences } = await import('./all-references.ts')
  for (const references of allReferences) yield* referredDigests(workspace, references)
  yield* stepDigests(workspace)
}
