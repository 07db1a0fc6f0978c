import type { StreamAnswer, StreamProtocol, StreamRequest, Workspace } from '#platform'
import type { Uploads } from '../artifacts/uploads.ts'
import { answerSafely, json } from './artifact-answer.ts'
import { readMessage, type Message } from './message.ts'
import { invalid, missing, MlflowFailure } from './mlflow-failure.ts'
import { refusal } from './mlflow-protocol.ts'
import { heldPath } from './wire-artifacts.ts'

/** What is to be done with a file that comes in parts. */
export type MultipartStep = 'create' | 'complete' | 'abort'

/**
 * Answers what MLflow's clients ask before and after they send the parts of a file.
 * @param at.folder that the file is to stand in
 */
export async function answerMultipart(
  request: StreamRequest,
  at: { readonly uploads: Uploads; readonly step: MultipartStep; readonly project: string; readonly folder: string },
): Promise<StreamAnswer> {
  const { uploads, step, project } = at
  const message = await readBody(request)
  const path = heldPath(`${at.folder}/${fileName(message)}`)
  if (step === 'create') {
    const partCount = message.integer('num_parts') ?? 1
    const id = await uploads.begin({ project, path, partCount })
    const credentials = Array.from({ length: partCount }, (_, place) => ({
      url: `${originOf(request)}${partRoot}${id}/${place + 1}`,
      part_number: place + 1,
      headers: {},
    }))
    return json({ upload_id: id, credentials })
  }
  const id = message.requiredText('upload_id')
  if (step === 'complete') await uploads.complete({ id, project, path, parts: namedParts(message) })
  else await uploads.abort({ id, project, path })
  return json({})
}

/**
 * The addresses to which parts are sent. As with the addresses that stores of objects sign, who knows one may send there:
 * clients send nothing else by which they could be known.
 */
export function partProtocol(workspace: Workspace, uploads: Uploads): StreamProtocol {
  return {
    paths: [`${partRoot}*`],
    // An address that is none is nobody's.
    permission: ({ method, target }) => (method === 'PUT' && partOf(target) ? 'public' : 'run:write'),
    inProjects: true,
    addresses: [{ method: 'PUT', target: `${partRoot}:upload/:part` }],
    answer: (request) =>
      answerSafely({ workspace, where: partRoot }, async () => {
        const at = request.method === 'PUT' ? partOf(request.target) : undefined
        if (!at) throw new MlflowFailure('ENDPOINT_NOT_FOUND', `No endpoint for ${request.method} ${partRoot}`)
        const digest = await uploads.takePart(at.id, at.part, request.body)
        return { ...json({}), headers: { ...json({}).headers, etag: `"${digest}"` } }
      }),
    refuse: refusal,
  }
}

const partRoot = '/api/2.0/mlflow-artifacts/mpu/part/'

/** The upload and the part that an address names. */
function partOf(target: string): { readonly id: string; readonly part: number } | undefined {
  const path = (target.split('?')[0] as string).slice(partRoot.length)
  const [, id, part] = /^([0-9a-f]{64})\/(\d{1,6})$/.exec(path) ?? []
  return id === undefined ? undefined : { id, part: Number(part) }
}

/** The parts that a client says it sent: each with the tag that it was given. */
const namedParts = (message: Message) =>
  message.messages('parts').map((part) => ({
    part: part.requiredInteger('part_number'),
    digest: part.requiredText('etag').replaceAll('"', ''),
  }))

/** Clients name the file as it is called on their disk, with its folders. */
function fileName(message: Message): string {
  const name = message.requiredText('path').split('/').at(-1) as string
  if (name === '') throw missing('path')
  return name
}

/** Where a caller reached this server. */
function originOf({ headers }: StreamRequest): string {
  if (headers.host === undefined)
    throw invalid('Cannot begin an upload: the request names no host to send the parts to')
  const isSecure = headers['x-forwarded-proto'] === 'https'
  return `${isSecure ? 'https' : 'http'}://${headers.host}`
}

async function readBody({ method, headers, body }: StreamRequest): Promise<Message> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of body) {
    size += piece.length
    if (size > longestBody) throw invalid(`Cannot read the request: its body is longer than ${longestBody} bytes`)
    pieces.push(piece)
  }
  const query = new URLSearchParams()
  return readMessage({ method, query, contentType: headers['content-type'], body: Buffer.concat(pieces) })
}

/** Enough to name as many parts as there may be. */
const longestBody = 8 * 2 ** 20
