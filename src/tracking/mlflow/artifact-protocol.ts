import { projectHeader, projectOf } from '#governance'
import {
  isFailure,
  readRange,
  type StreamAnswer,
  type StreamProtocol,
  type StreamRequest,
  type Workspace,
} from '#platform'
import { artifactAt, artifactsIn, deleteArtifact, storeArtifact } from '../artifacts/artifacts.ts'
import type { ProjectPath } from '../artifacts/project-path.ts'
import { artifactRoots } from './addresses.ts'
import { wireList } from './endpoint.ts'
import { mediaType } from './media-type.ts'
import { absent, invalid, MlflowFailure } from './mlflow-failure.ts'
import { refusal } from './mlflow-protocol.ts'
import { heldFolder, heldPath, wireEntry } from './wire-artifacts.ts'

/** MLflow's protocol of artifacts: files of any size by their path, read and written as they come. */
export function artifactProtocol(workspace: Workspace): StreamProtocol {
  return {
    paths: artifactRoots.map((root) => `${root}*`),
    permission: ({ method }) => (method === 'GET' ? 'run:read' : 'run:write'),
    inProjects: true,
    addresses: artifactRoots.flatMap((root) =>
      addresses.map(({ method, target }) => ({ method, target: root + target })),
    ),
    answer: async (request) => {
      try {
        return await answer(request, workspace)
      } catch (error) {
        if (!(error instanceof MlflowFailure) && !isFailure(error) && !isBrokenOff(error))
          workspace.log.error({ err: error, url: request.target }, 'request')
        const { status, body, contentType } = refusal(error)
        return { status, headers: { 'content-type': contentType }, body: body.toString() }
      }
    },
    // What the server cannot decode is a path that is none.
    refuse: (failure) => refusal(failure.code === 'http/malformedRequest' ? invalid('Invalid path') : failure),
  }
}

const addresses = [
  { method: 'GET', target: 'artifacts' },
  ...['GET', 'PUT', 'DELETE'].map((method) => ({ method, target: 'artifacts/:path*' })),
  ...['create', 'complete', 'abort'].map((what) => ({ method: 'POST', target: `mpu/${what}/:path*` })),
]

async function answer(request: StreamRequest, workspace: Workspace): Promise<StreamAnswer> {
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
    if (isRead) return download(request, { workspace, at })
    if (method === 'PUT') {
      await storeArtifact(workspace, { ...at, bytes: request.body })
      return json({})
    }
    if (method === 'DELETE') {
      await deleteArtifact(workspace, at)
      return json({})
    }
  }
  if (what === 'mpu' && method === 'POST' && /^(?:create|complete|abort)\/./.test(encoded ?? ''))
    // Clients send the file in one piece where they are told exactly this.
    throw new MlflowFailure('NOT_IMPLEMENTED', 'Multipart upload is not supported for the current artifact repository')
  throw new MlflowFailure('ENDPOINT_NOT_FOUND', `No endpoint for ${method} ${target}`)
}

async function download(
  { method, headers }: StreamRequest,
  { workspace, at }: { readonly workspace: Workspace; readonly at: ProjectPath },
): Promise<StreamAnswer> {
  const { path } = at
  const found = await artifactAt(workspace, at)
  if (!found) throw absent(`No such artifact: '${path}'`)
  const { digest, sizeBytes } = found
  const etag = `"${digest}"`
  const about = {
    'content-type': mediaType(path),
    'content-disposition': `attachment; ${fileNames(path.slice(path.lastIndexOf('/') + 1))}`,
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
    etag,
  }
  if (namesTag(headers['if-none-match'], etag)) return { status: 304, headers: about, body: '' }
  // Whoever has a part of other bytes needs all of these.
  const ifRange = headers['if-range']
  const isWanted = method === 'GET' && (ifRange === undefined || ifRange === etag)
  const range = readRange({ header: isWanted ? headers.range : undefined, sizeBytes })
  if (range === 'beyond')
    return { ...json({}), status: 416, headers: { ...json({}).headers, 'content-range': `bytes */${sizeBytes}` } }
  const length = range ? range.last - range.first + 1 : sizeBytes
  return {
    status: range ? 206 : 200,
    headers: {
      ...about,
      'content-length': length,
      ...(range && { 'content-range': `bytes ${range.first}-${range.last}/${sizeBytes}` }),
    },
    body: method === 'HEAD' ? '' : await workspace.blobs.openRead(digest, range),
  }
}

/** @throws {MlflowFailure} `INVALID_PARAMETER_VALUE` where it is no encoding of text */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('Invalid path')
  }
}

/** The name of a file for a header, for clients of every age. @see RFC 6266, section 4.3 */
function fileNames(name: string): string {
  const plain = `filename="${name.replaceAll(/[^ !#-[\]-~]|%/g, '_')}"`
  if (/^[\w .+-]+$/.test(name)) return plain
  const encoded = encodeURIComponent(name).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)
  return `${plain}; filename*=UTF-8''${encoded}`
}

const namesTag = (header: string | undefined, etag: string): boolean =>
  header !== undefined && header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag || one.trim() === '*')

/** Whether a caller went away before it had sent all. */
const isBrokenOff = (error: unknown): boolean =>
  ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes((error as NodeJS.ErrnoException).code ?? '')

const json = (value: object): StreamAnswer => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})
