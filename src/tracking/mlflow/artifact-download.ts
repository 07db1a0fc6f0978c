import { readRange, type StreamAnswer, type StreamRequest, type Workspace } from '#platform'
import { artifactAt } from '../artifacts/artifacts.ts'
import type { ProjectPath } from '../artifacts/project-path.ts'
import { json } from './artifact-answer.ts'
import { mediaType } from './media-type.ts'
import { absent } from './mlflow-failure.ts'

/** Answers with the bytes of an artifact, all or those of a range, or says that who asks has them already. */
export async function downloadArtifact(
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

/** The name of a file for a header, for clients of every age. @see RFC 6266, section 4.3 */
function fileNames(name: string): string {
  const plain = `filename="${name.replaceAll(/[^ !#-[\]-~]|%/g, '_')}"`
  if (/^[\w .+-]+$/.test(name)) return plain
  const encoded = encodeURIComponent(name).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)
  return `${plain}; filename*=UTF-8''${encoded}`
}

const namesTag = (header: string | undefined, etag: string): boolean =>
  header !== undefined && header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag || one.trim() === '*')
