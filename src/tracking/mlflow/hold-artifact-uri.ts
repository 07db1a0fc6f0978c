import type { Database } from '#platform'
import { isInProject, pathOfUri } from '../artifacts/project-path.ts'
import { open } from '../store/tables.ts'
import { absent } from './mlflow-failure.ts'

/**
 * Holds an address of files to one that is elsewhere, or belongs to a project.
 * @throws {MlflowFailure} `RESOURCE_DOES_NOT_EXIST`
 */
export async function holdArtifactUri(
  database: Database,
  { project, uri }: { readonly project: string; readonly uri: string },
): Promise<void> {
  const path = pathOfUri(uri)
  if (path !== undefined && !(await isInProject(open(database), { project, path })))
    throw absent(`No such artifacts: '${uri}'`)
}
