import { defaultProject } from '#governance'
import { isFailure, type Workspace } from '#platform'
import type { ArtifactsAt } from '#tracking'
import type { VersionStatus } from './store/tables.ts'
import { readMlModel } from './read-mlmodel.ts'

/** How a new version of a registered model begins. */
export interface FirstJudgement {
  readonly status: VersionStatus
  /** Names of the forms that its files can be loaded as; empty where nobody knows. */
  readonly flavors: readonly string[]
}

/**
 * Says how a version begins whose files are at an address: one with a graph is pending until it was judged, and so is one
 * whose own file cannot be read; all others are ready to be downloaded.
 * What serves belongs to no project but the default one, so that models of others are kept, and do not serve.
 */
export async function firstJudgement(workspace: Workspace, at: ArtifactsAt): Promise<FirstJudgement> {
  try {
    const model = await readMlModel(workspace, at)
    const isJudged = model !== null && model.graph !== null && at.project === defaultProject
    return { status: isJudged ? 'pending' : 'ready', flavors: model?.flavors ?? [] }
  } catch (error) {
    if (!isFailure(error)) throw error
    return { status: at.project === defaultProject ? 'pending' : 'ready', flavors: [] }
  }
}
