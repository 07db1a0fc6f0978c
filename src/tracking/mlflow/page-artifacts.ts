import { projectHeader, projectOf } from '#governance'
import type { StreamAnswer, StreamProtocol, StreamRequest, Workspace } from '#platform'
import { storeArtifact } from '../artifacts/artifacts.ts'
import { open } from '../store/tables.ts'
import { answerSafely, json } from './artifact-answer.ts'
import { downloadArtifact } from './artifact-download.ts'
import { foreignRun, heldRun } from './held-run.ts'
import { heldModel } from './logged-model-endpoints.ts'
import { invalid, missing, MlflowFailure } from './mlflow-failure.ts'
import { refusal } from './mlflow-protocol.ts'
import { heldPath, storePath } from './wire-artifacts.ts'
import { wireRunInfo } from './wire-run.ts'

/** The addresses by which MLflow's pages read and write single artifacts of runs and logged models. */
export function pageArtifactProtocol(workspace: Workspace): StreamProtocol {
  return {
    paths: ['/get-artifact', uploadPath, `${modelRoot}:model_id/artifacts/files`],
    permission: ({ method }) => (method === 'GET' ? 'run:read' : 'run:write'),
    inProjects: true,
    answer: (request) => answerSafely({ workspace, where: request.target }, () => answer(request, workspace)),
    refuse: refusal,
  }
}

const uploadPath = '/ajax-api/2.0/mlflow/upload-artifact'
const modelRoot = '/ajax-api/2.0/mlflow/logged-models/'

async function answer(request: StreamRequest, workspace: Workspace): Promise<StreamAnswer> {
  const { method, target } = request
  const [address = '', text] = target.split('?', 2)
  const query = new URLSearchParams(text)
  const project = projectOf(request.actor, request.headers[projectHeader])
  if (address === uploadPath && method === 'POST') return upload(request, { workspace, project, query })
  if (address === uploadPath || (method !== 'GET' && method !== 'HEAD'))
    throw new MlflowFailure('ENDPOINT_NOT_FOUND', `No endpoint for ${method} ${address}`)
  const tables = open(workspace.database)
  if (address.startsWith(modelRoot)) {
    const path = asked(query, 'artifact_file_path')
    const id = address.slice(modelRoot.length).split('/')[0] as string
    const { artifact_location: root } = await heldModel(tables, { project, id })
    return downloadArtifact(request, { workspace, at: { project, path: heldPath(`${storePath(root)}/${path}`) } })
  }
  const path = asked(query, 'path')
  const { artifact_uri: root } = await wireRunInfo(tables, await heldRun(tables, { project, id: runOf(query) }))
  return downloadArtifact(request, { workspace, at: { project, path: heldPath(`${storePath(root)}/${path}`) } })
}

async function upload(
  { headers, body }: StreamRequest,
  {
    workspace,
    project,
    query,
  }: { readonly workspace: Workspace; readonly project: string; readonly query: URLSearchParams },
): Promise<StreamAnswer> {
  const id = query.get('run_uuid')
  if (!id) throw invalid('Request must specify run_uuid.')
  if (!query.get('path')) throw invalid('Request must specify path.')
  const path = heldPath(query.get('path') as string)
  const isChunked = headers['transfer-encoding'] !== undefined
  const sizeBytes = Number(headers['content-length'] ?? 0)
  if (!isChunked && sizeBytes === 0) throw invalid('Request must specify data.')
  if (sizeBytes > mostUploadBytes) throw tooLarge()
  const tables = open(workspace.database)
  const { artifact_uri: root } = await wireRunInfo(tables, await foreignRun(tables, { project, id }))
  await storeArtifact(workspace, { project, path: heldPath(`${storePath(root)}/${path}`), bytes: heldSize(body) })
  return json({})
}

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` while the bytes are read, where they are more than may be put here */
async function* heldSize(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  let size = 0
  for await (const piece of bytes) {
    size += piece.length
    if (size > mostUploadBytes) throw tooLarge()
    yield piece
  }
}

/** What is larger goes to the addresses of the store of artifacts, which take files of any size. */
const mostUploadBytes = 10 * 1024 * 1024
const tooLarge = (): MlflowFailure => invalid('Artifact size is too large. Max size is 10MB.')

function asked(query: URLSearchParams, name: string): string {
  const path = query.get(name)
  if (!path) throw missing(name)
  return heldPath(path)
}

function runOf(query: URLSearchParams): string {
  const id = query.get('run_id') || query.get('run_uuid')
  if (!id) throw missing('run_id')
  return id
}
