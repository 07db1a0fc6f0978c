import { invalid } from '#tracking'
import type { NamedVersion } from '../models/store/model-versions.ts'
import { servicesOf } from '../models/store/services.ts'
import { databaseOf, type Models } from '../models/store/tables.ts'
import { lastAlias, open } from '../store.ts'

/**
 * Refuses to let versions go that are being judged, or answer for a system. Those that serve as model files may: they are
 * no longer served then.
 * @throws {MlflowFailure} `INVALID_PARAMETER_VALUE`
 */
export async function holdUnused(tables: Models, versions: readonly NamedVersion[]): Promise<void> {
  for (const { name, model, version, status } of versions) {
    const cannot = (state: string) => invalid(`Cannot delete version ${version} of '${name}': ${state}`)
    if (status === 'pending') throw cannot('it is being judged. Delete it once it is READY or FAILED_REGISTRATION')
    const [service] = await servicesOf(tables, model, version)
    if (service?.kind !== 'system') continue
    const { name: system, number } = service
    for (const alias of ['champion', 'challenger'] as const)
      if ((await lastAlias(open(databaseOf(tables)), { system, alias }))?.number === number)
        throw cannot(
          `it serves the system '${system}' as its version ${number}, the ${alias}. Release another version first`,
        )
  }
}
