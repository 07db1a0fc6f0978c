import { projectHeader, projectOf } from '#governance'
import type { StreamProtocol, Workspace } from '#platform'
import { answerSafely, downloadArtifact, heldPath, Message, refusal, storePath } from '#tracking'
import { open } from '../models/store/tables.ts'
import { heldVersion, versionNameOf } from './held-models.ts'

/** The address by which MLflow's pages read an artifact of a version of a registered model. */
export function versionArtifactProtocol(workspace: Workspace): StreamProtocol {
  return {
    // With two slashes where the address of the server that a client was given ends in one.
    paths: ['/model-versions/get-artifact', '//model-versions/get-artifact'],
    permission: 'model:read',
    inProjects: true,
    answer: (request) =>
      answerSafely({ workspace, where: request.target }, async () => {
        const message = new Message(Object.fromEntries(new URLSearchParams(request.target.split('?')[1])))
        const path = heldPath(message.requiredText('path'))
        const project = projectOf(request.actor, request.headers[projectHeader])
        const version = await heldVersion(open(workspace.database), versionNameOf({ project, message }))
        const at = { project, path: heldPath(`${storePath(version.storage_location)}/${path}`) }
        return downloadArtifact(request, { workspace, at })
      }),
    refuse: refusal,
  }
}
