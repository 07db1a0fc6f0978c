import { isFailure, type Protocol, type ProtocolAnswer, type ProtocolRequest, type Workspace } from '#platform'
import { artifactEndpoints } from './artifact-endpoints.ts'
import { JsonText, type Endpoint } from './endpoint.ts'
import { experimentEndpoints } from './experiment-endpoints.ts'
import { logEndpoints } from './log-endpoints.ts'
import { loggedModelSearch } from './logged-model-search.ts'
import { readMessage } from './message.ts'
import { MlflowFailure, statusOfCode, type MlflowCode } from './mlflow-failure.ts'
import { runEndpoints } from './run-endpoints.ts'

/** MLflow's protocol of tracking, for the complete server: unmodified clients log to it and search it. */
export function trackingProtocol(workspace: Workspace): Protocol {
  return {
    paths: roots.map((root) => `${root}*`),
    permission: 'run:write',
    answer: async (request) => {
      try {
        return json(200, await answer(request, workspace))
      } catch (error) {
        if (!(error instanceof MlflowFailure) && !isFailure(error))
          workspace.log.error({ err: error, url: request.target }, 'request')
        return refusal(error)
      }
    },
    refuse: refusal,
  }
}

const endpoints: readonly Endpoint[] = [
  ...experimentEndpoints,
  ...runEndpoints,
  ...logEndpoints,
  ...artifactEndpoints,
  loggedModelSearch,
  {
    method: 'GET',
    version: '3.0',
    path: 'server-info',
    answer: () =>
      Promise.resolve({
        store_type: 'SqlStore',
        workspaces_enabled: false,
        trace_archival_enabled: false,
        multipart_uploads_enabled: false,
        multipart_downloads_enabled: false,
      }),
  },
]

/** SDKs call the first, MLflow's pages the second. */
const roots = ['/api/2.0/mlflow/', '/api/3.0/mlflow/', '/ajax-api/2.0/mlflow/', '/ajax-api/3.0/mlflow/']

function answer(request: ProtocolRequest, workspace: Workspace): Promise<object> {
  const { method, headers, body } = request
  const [path = '', query] = request.target.split('?', 2)
  const [, version = '', rest = ''] = /^\/(?:ajax-)?api\/([23]\.0)\/mlflow\/(.*)$/.exec(path) ?? []
  const here = endpoints.filter((endpoint) => (endpoint.version ?? '2.0') === version && wordsOf(endpoint.path, rest))
  const endpoint = here.find((one) => one.method === method)
  if (!endpoint) {
    const instead = here.length > 0 ? `: it takes ${here.map((one) => one.method).join(' or ')}` : ''
    throw new MlflowFailure('ENDPOINT_NOT_FOUND', `No endpoint for ${method} ${path}${instead}`)
  }
  const message = readMessage({ method, query: new URLSearchParams(query), contentType: headers['content-type'], body })
  return endpoint.answer({
    workspace,
    message,
    words: wordsOf(endpoint.path, rest) as Record<string, string>,
    bodyBytes: body.length,
  })
}

/** What stands for the words with colons of a pattern, decoded; undefined where the path is another one. */
function wordsOf(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')]
  if (wanted.length !== given.length) return undefined
  const words: Record<string, string> = {}
  for (const [place, word] of wanted.entries()) {
    const found = given[place] as string
    if (!word.startsWith(':')) {
      if (word !== found) return undefined
    } else {
      try {
        words[word.slice(1)] = decodeURIComponent(found)
      } catch {
        return undefined
      }
    }
  }
  return words
}

/** Anything thrown, or refused before it came to be a request. */
export function refusal(error: unknown): ProtocolAnswer {
  if (error instanceof MlflowFailure) return failed(statusOfCode[error.code], error.code, error.message)
  if (!isFailure(error)) return failed(500, 'INTERNAL_ERROR', 'The server met an unexpected error')
  const code = codeOfStatus.get(error.status) ?? (error.status >= 500 ? 'INTERNAL_ERROR' : 'INVALID_PARAMETER_VALUE')
  return failed(error.status === 422 ? 400 : error.status, code, `${error.message}. ${error.remedy}`)
}

const failed = (status: number, code: MlflowCode, message: string): ProtocolAnswer =>
  json(status, { error_code: code, message: message.length > 2000 ? `${message.slice(0, 2000)}…` : message })

const json = (status: number, value: object): ProtocolAnswer => ({
  status,
  contentType: 'application/json',
  body: value instanceof JsonText ? value.text : JSON.stringify(value),
})

const codeOfStatus: ReadonlyMap<number, MlflowCode> = new Map([
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'RESOURCE_DOES_NOT_EXIST'],
  [429, 'REQUEST_LIMIT_EXCEEDED'],
  [503, 'TEMPORARILY_UNAVAILABLE'],
])
