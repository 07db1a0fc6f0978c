import type { RequestField } from '#dataset'
import { routeOf } from '#deployment'
import type { Task } from '#model'
import type { Workspace } from '#platform'
import { modelVersion } from '#registry'
import { currentSystem } from '#system'
import { datasetOfVersion } from './dataset-of-version.ts'

/**
 * Columns that requests to a system may and must hold now, the required ones first, and what it answers.
 * @throws {Failure} `system/unknownSystem`, `deployment/nothingReleased`
 */
export async function requestForm(
  workspace: Workspace,
  system: string,
): Promise<{ version: number; task: Task; classes: string[]; fields: RequestField[] }> {
  await currentSystem(workspace, system)
  const { endpoint } = await routeOf(workspace, system)
  const version = await modelVersion(workspace, endpoint.championVersionId)
  // Loaded with the first form: a server starts without what makes datasets.
  const { requestFields } = await import('#dataset')
  const fields = await requestFields(workspace, await datasetOfVersion(workspace, version))
  const { task, classes } = version.signature
  return { version: version.number, task, classes: [...classes], fields: [...fields] }
}
