import { routeOf } from '#deployment'
import type { Field, Task } from '#model'
import type { Workspace } from '#platform'
import { modelVersion } from '#registry'
import { datasetOfVersion } from './live/dataset-of-version.ts'

/** What the answers of a system look like, and what they are about. */
export interface AnswerForm {
  readonly task: Task
  /** Class names; for a binary task [negative, positive]. Empty for a regression. */
  readonly classes: readonly string[]
  /** The columns that name an entity, in order; empty where the system has none. */
  readonly entity: readonly Field[]
}

/**
 * The form of the answers of the version that serves a system.
 * @throws {Failure} `deployment/nothingReleased`
 */
export async function answerForm(workspace: Workspace, system: string): Promise<AnswerForm> {
  const { endpoint } = await routeOf(workspace, system)
  const version = await modelVersion(workspace, endpoint.championVersionId)
  const { task, classes } = version.signature
  const dataset = await datasetOfVersion(workspace, version)
  return { task, classes, entity: entityFields(dataset) }
}

/** The entity columns of a dataset with their types. */
export function entityFields(dataset: {
  readonly entity: readonly string[]
  readonly columns: readonly Field[]
}): readonly Field[] {
  return dataset.entity.flatMap((name) => {
    const column = dataset.columns.find((one) => one.name === name)
    return column ? [{ name, type: column.type }] : []
  })
}
