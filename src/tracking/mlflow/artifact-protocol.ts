import type { StreamAnswer, StreamProtocol, StreamRequest, Workspace } from '#platform'
import { artifactsIn, deleteArtifact, storeArtifact } from '../artifacts/artifacts.ts'
import { openUploads, type Uploads } from '../artifacts/uploads.ts'
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
  const files: StreamProtocol = {
    paths: roots.map((root) => `${root}*`),
    permission: 'run:write',
    answer: (request) =>
      answerSafely({ workspace, where: request.target }, () => answer(request, { workspace, uploads })),
    // What the server cannot decode is a path that is none.
    refuse: (failure) => refusal(failure.code === 'http/malformedRequest' ? invalid('Invalid path') : failure),
  }
  return [partProtocol(workspace, uploads), files]
}

/** SDKs call the first, MLflow's pages the second. */
const roots = ['/api/2.0/mlflow-artifacts/', '/ajax-api/2.0/mlflow-artifacts/']

async function answer(
  request: StreamRequest,
  { workspace, uploads }: { readonly workspace: Workspace; readonly uploads: Uploads },
): Promise<StreamAnswer> {
  const { method } = request
  const queryAt = request.target.indexOf('?')
  const target = queryAt < 0 ? request.target : request.target.slice(0, queryAt)
  const [, what = '', encoded] =
    /^\/(?:ajax-)?api\/2\.0\/mlflow-artifacts\/(artifacts|mpu)(?:\/(.*))?$/s.exec(target) ?? []
  const isRead = method === 'GET' || method === 'HEAD'
  if (what === 'artifacts' && encoded === undefined && isRead) {
    const folder = new URLSearchParams(queryAt < 0 ? '' : request.target.slice(queryAt)).get('path') ?? ''
    return json({ files: wireList((await artifactsIn(workspace, heldFolder(folder))).map((one) => wireEntry(one))) })
  }
  if (what === 'artifacts' && encoded !== undefined) {
    const path = heldPath(decoded(encoded))
    if (isRead) return downloadArtifact(request, { workspace, path })
    if (method === 'PUT') {
      await storeArtifact(workspace, { path, bytes: request.body })
      return json({})
    }
    if (method === 'DELETE') {
      await deleteArtifact(workspace, path)
      return json({})
    }
  }
  const [, step, folder] = /^(create|complete|abort)\/(.+)$/s.exec(encoded ?? '') ?? []
  if (what === 'mpu' && method === 'POST' && folder !== undefined)
    return answerMultipart(request, { uploads, step: step as MultipartStep, folder: heldPath(decoded(folder)) })
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
