import { defaultProject } from '#governance'
import type { Workspace } from '#platform'
import { versionByNumber, pendingKeys, updateModelVersion } from './store/model-versions.ts'
import { modelByName, modelTags } from './store/registered-models.ts'
import { dropService, putService, serviceNamed, servicesOfDeleted } from './store/services.ts'
import { open, together, type ModelService } from './store/tables.ts'
import { newestOf } from './store/model-versions.ts'
import type { VersionKey } from './version-judge.ts'

/** A version of a registered model that is to be judged. */
export interface PendingVersion extends VersionKey {
  readonly name: string
  /** Where its files are. */
  readonly uri: string
  /** The client's run that it comes from; empty where none is known. */
  readonly runId: string
  /** System that the tag `millrace.system` of its model names; null without one. */
  readonly system: string | null
}

/** The tag of a registered model that says of which system its versions are to be. */
const systemTag = 'millrace.system'

/** Versions that wait to be judged. */
export const pendingVersions = (workspace: Workspace): Promise<readonly VersionKey[]> =>
  pendingKeys(open(workspace.database))

/** A version that is pending; null for one that is not, or was deleted. */
export async function pendingVersion(workspace: Workspace, key: VersionKey): Promise<PendingVersion | null> {
  const tables = open(workspace.database)
  const row = await versionByNumber(tables, key.model, key.version)
  if (row?.status !== 'pending') return null
  const tag = (await modelTags(tables, [key.model])).find(({ name }) => name === systemTag)
  const { model, version, name, storage_location: uri, run_id: runId } = row
  return { model, version, name, uri, runId, system: tag?.value ?? null }
}

/** How a registration ended. */
export interface RegistrationEnd extends VersionKey {
  readonly status: 'ready' | 'failed'
  /** Where it answers, or why it failed. */
  readonly message: string
  /** Where it serves; null where it does not. */
  readonly service: Pick<ModelService, 'kind' | 'name' | 'number'> | null
}

/** Ends the registration of a version; one that ended already stays as it is. */
export function endRegistration(workspace: Workspace, end: RegistrationEnd): Promise<void> {
  const { model, version, status, message, service } = end
  return together(workspace.database, async (tables) => {
    if ((await versionByNumber(tables, model, version))?.status !== 'pending') return
    await updateModelVersion(tables, end, { status, status_message: message, updated_at_ms: workspace.clock.now() })
    if (service) await putService(tables, { model, version, ...service })
  })
}

/** The registered version that serves as a model file of a name and number; null where none does. */
export async function registeredAs(
  workspace: Workspace,
  file: { readonly name: string; readonly number: number },
): Promise<VersionKey | null> {
  return (await serviceNamed(open(workspace.database), { kind: 'file', ...file })) ?? null
}

/** Services of versions that were deleted: what serves there is to go. */
export const deletedServices = (workspace: Workspace): Promise<readonly ModelService[]> =>
  servicesOfDeleted(open(workspace.database))

/** Forgets a service that is no more. */
export async function forgetService(workspace: Workspace, key: VersionKey): Promise<void> {
  await dropService(open(workspace.database), key)
}

/** Why a version of a registered model does not answer. */
export interface Registered {
  readonly version: number
  readonly status: 'pending' | 'ready' | 'failed'
  readonly message: string
  readonly flavors: readonly string[]
}

/** The version of a registered model of the default project, or its newest; null where there is none. */
export async function registeredVersion(
  workspace: Workspace,
  name: string,
  version?: number,
): Promise<Registered | null> {
  const tables = open(workspace.database)
  const model = await modelByName(tables, { project: defaultProject, name })
  const row =
    model &&
    (await (version === undefined ? newestOf(tables, model.number) : versionByNumber(tables, model.number, version)))
  if (!row) return null
  return {
    version: row.version,
    status: row.status,
    message: row.status_message,
    flavors: row.flavors === '' ? [] : row.flavors.split(','),
  }
}
