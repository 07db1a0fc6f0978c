import { projectHeader, projectOf } from '#governance'
import type { StreamAnswer, StreamProtocol, StreamRequest, Workspace } from '#platform'
import { artifactsIn, deleteArtifact, storeArtifact } from '../artifacts/artifacts.ts'
import { openUploads, type Uploads } from '../artifacts/uploads.ts'
import { artifactRoots } from './addresses.ts'
import { answerSafely, json } from './artifact-answer.ts'
import { downloadArtifact } from './artifact-download.ts'
import { wireList } from './endpoint.ts'
import { invalid, MlflowFailure } from './mlflow-failure.ts'
import { refusal } from './mlflow-protocol.ts'
import { answerMultipart, partProtocol, type MultipartStep } from './multipart.ts'
import { heldFolder, heldPath, wireEntry } from './wire-artifacts.ts'

/**
 * MLflow's protocol of artifacts: files of any size by their path, read and written as they come, whole or in parts. The
 * addresses of parts come first, since they lie below the others and may be used by whoever knows them.
 */
export async function openArtifactProtocols(workspace: Workspace): Promise<readonly StreamProtocol[]> {
  const uploads = await openUploads(workspace)
  return [partProtocol(workspace, uploads), artifactProtocol(workspace, uploads)]
}

/** {@link openArtifactProtocols} without the addresses of parts; without uploads every file comes whole. */
export function artifactProtocol(workspace: Workspace, uploads?: Uploads): StreamProtocol {
  return {
    paths: artifactRoots.map((root) => `${root}*`),
    permission: ({ method }) => (method === 'GET' ? 'run:read' : 'run:write'),
    inProjects: true,
    addresses: artifactRoots.flatMap((root) =>
      addresses.map(({ method, target }) => ({ method, target: root + target })),
    ),
    answer: (request) =>
      answerSafely({ workspace, where: request.target }, () => answer(request, { workspace, uploads })),
    // What the server cannot decode is a path that is none.
    refuse: (failure) => refusal(failure.code === 'http/malformedRequest' ? invalid('Invalid path') : failure),
  }
}

const addresses = [
  { method: 'GET', target: 'artifacts' },
  ...['GET', 'PUT', 'DELETE'].map((method) => ({ method, target: 'artifacts/:path*' })),
  ...['create', 'complete', 'abort'].map((what) => ({ method: 'POST', target: `mpu/${what}/:path*` })),
]

async function answer(
  request: StreamRequest,
  { workspace, uploads }: { readonly workspace: Workspace; readonly uploads: Uploads | undefined },
): Promise<StreamAnswer> {
  const { method } = request
  const queryAt = request.target.indexOf('?')
  const target = queryAt < 0 ? request.target : request.target.slice(0, queryAt)
  const [, what = '', encoded] =
    /^\/(?:ajax-)?api\/2\.0\/mlflow-artifacts\/(artifacts|mpu)(?:\/(.*))?$/s.exec(target) ?? []
  const project = projectOf(request.actor, request.headers[projectHeader])
  const isRead = method === 'GET' || method === 'HEAD'
  if (what === 'artifacts' && encoded === undefined && isRead) {
    const folder = new URLSearchParams(queryAt < 0 ? '' : request.target.slice(queryAt)).get('path') ?? ''
    const entries = await artifactsIn(workspace, { project, path: heldFolder(folder) })
    return json({ files: wireList(entries.map((one) => wireEntry(one))) })
  }
  if (what === 'artifacts' && encoded !== undefined) {
    const at = { project, path: heldPath(decoded(encoded)) }
    if (isRead) return downloadArtifact(request, { workspace, at })
    if (method === 'PUT') {
      await storeArtifact(workspace, { ...at, bytes: request.body })
      return json({})
    }
    if (method === 'DELETE') {
      await deleteArtifact(workspace, at)
      return json({})
    }
  }
  const [, step, folder] = /^(create|complete|abort)\/(.+)$/s.exec(encoded ?? '') ?? []
  if (uploads && what === 'mpu' && method === 'POST' && folder !== undefined)
    return answerMultipart(request, {
      uploads,
      step: step as MultipartStep,
      project,
      folder: heldPath(decoded(folder)),
    })
  throw new MlflowFailure('ENDPOINT_NOT_FOUND', `No endpoint for ${method} ${target}`)
}

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` where it is no encoding of text */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('Invalid path')
  }
}
