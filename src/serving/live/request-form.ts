import { requestFields, type RequestField } from '#dataset'
import { routeOf } from '#deployment'
import type { Workspace } from '#platform'
import { modelVersion } from '#registry'
import { currentSystem } from '#system'
import { datasetOfVersion } from './dataset-of-version.ts'

/**
 * Columns that requests to a system may and must hold now, the required ones first.
 * @throws {Failure} `system/unknownSystem`, `deployment/nothingReleased`
 */
export async function requestForm(
  workspace: Workspace,
  system: string,
): Promise<{ version: number; fields: RequestField[] }> {
  await currentSystem(workspace, system)
  const { endpoint } = await routeOf(workspace, system)
  const version = await modelVersion(workspace, endpoint.championVersionId)
  const fields = await requestFields(workspace, await datasetOfVersion(workspace, version))
  return { version: version.number, fields: [...fields] }
}
