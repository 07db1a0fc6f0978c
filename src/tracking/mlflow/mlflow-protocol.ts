import { projectHeader, projectOf } from '#governance'
import { isFailure, type Protocol, type ProtocolAnswer, type ProtocolRequest, type Workspace } from '#platform'
import { mlflowRoots } from './addresses.ts'
import { JsonText, type Endpoint } from './endpoint.ts'
import { readMessage } from './message.ts'
import { MlflowFailure, statusOfCode, type MlflowCode } from './mlflow-failure.ts'

/** MLflow's protocol, for the complete server: unmodified clients speak to it. Its addresses are those of the parts. */
export function mlflowProtocol(workspace: Workspace, endpoints: readonly Endpoint[]): Protocol {
  const find = finder(endpoints)
  return {
    paths: mlflowRoots.map((root) => `${root}*`),
    permission: ({ method, target }) => {
      const { version, rest } = placeOf(target)
      const found = find(version, rest).find(({ endpoint }) => endpoint.method === method)
      // What is not there can be looked for by those who may read.
      return found ? found.endpoint.permission : 'run:read'
    },
    inProjects: true,
    addresses: mlflowRoots.flatMap((root) =>
      endpoints
        .filter((endpoint) => root.includes(versionOf(endpoint)))
        .map(({ method, path }) => ({ method, target: root + path })),
    ),
    answer: async (request) => {
      try {
        return json(200, await answer(request, { workspace, find }))
      } catch (error) {
        if (!(error instanceof MlflowFailure) && !isFailure(error))
          workspace.log.error({ err: error, url: request.target }, 'request')
        return refusal(error)
      }
    },
    refuse: refusal,
  }
}

const versionOf = (endpoint: Endpoint): string => endpoint.version ?? '2.0'

/** The parts of an address: its path, with the version and what follows it, and its query. */
function placeOf(target: string) {
  const [path = '', query] = target.split('?', 2)
  const [, version = '', rest = ''] = /^\/(?:ajax-)?api\/([23]\.0)\/mlflow\/(.*)$/.exec(path) ?? []
  return { path, query, version, rest }
}

interface Found {
  readonly endpoint: Endpoint
  readonly words: Readonly<Record<string, string>>
}

/** Finds the addresses that a path is one of, by version: one for each method. */
function finder(endpoints: readonly Endpoint[]): (version: string, path: string) => readonly Found[] {
  const keyOf = (version: string, path: string): string => `${version} ${path}`
  const [fixed, patterns] = [
    endpoints.filter(({ path }) => !path.includes(':')),
    endpoints.filter(({ path }) => path.includes(':')),
  ]
  const byPath = Map.groupBy(fixed, (endpoint) => keyOf(versionOf(endpoint), endpoint.path))
  return (version, path) => {
    const known = byPath.get(keyOf(version, path))
    if (known) return known.map((endpoint) => ({ endpoint, words: {} }))
    return patterns.flatMap((endpoint) => {
      const words = versionOf(endpoint) === version ? wordsOf(endpoint.path, path) : undefined
      return words ? [{ endpoint, words }] : []
    })
  }
}

async function answer(
  request: ProtocolRequest,
  { workspace, find }: { readonly workspace: Workspace; readonly find: ReturnType<typeof finder> },
): Promise<object | JsonText> {
  const { method, headers, body } = request
  const { path, query, version, rest } = placeOf(request.target)
  const here = find(version, rest)
  const found = here.find(({ endpoint }) => endpoint.method === method)
  if (!found) {
    const instead = here.length > 0 ? `: it takes ${here.map(({ endpoint }) => endpoint.method).join(' or ')}` : ''
    throw new MlflowFailure('ENDPOINT_NOT_FOUND', `No endpoint for ${method} ${path}${instead}`)
  }
  const message = readMessage({ method, query: new URLSearchParams(query), contentType: headers['content-type'], body })
  const project = projectOf(request.actor, headers[projectHeader])
  return found.endpoint.answer({ workspace, project, message, words: found.words, bodyBytes: body.length })
}

/** What stands for the words with colons of a pattern, decoded; undefined where the path is another one. */
function wordsOf(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')]
  if (wanted.at(-1)?.endsWith('*')) given.push(given.splice(wanted.length - 1).join('/'))
  if (wanted.length !== given.length) return undefined
  const words: Record<string, string> = {}
  for (const [place, word] of wanted.entries()) {
    const found = given[place] as string
    if (!word.startsWith(':')) {
      if (word !== found) return undefined
    } else {
      try {
        const decoded = decodeURIComponent(found)
        if (decoded.includes('\0')) return undefined
        words[word.replace(/^:|\*$/g, '')] = decoded
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
