import type { Address, Protocol, ProtocolAnswer, ProtocolRequest } from '#platform'
import { fail } from '../failures.ts'
import type { Inference } from '../inference/schema.ts'
import { answerInvocations, answerPing, answerVersion } from './answer-invocations.ts'
import { errorAnswer, mlflowError, type MlflowAnswer } from './mlflow-error.ts'

export interface MlflowOptions {
  readonly inference: Inference
  /** Of Millrace, which is what `/version` says. */
  readonly version: string
  /** Told of what was not expected, of which answers say nothing. */
  readonly onUnexpected?: (error: unknown) => void
}

/**
 * MLflow's scoring protocol, for the complete server: `POST /invocations`, `GET /ping`, `/health` and `/version`. A
 * server of one model answers by that; of several by the one that is named as `/invocations?model=NAME`, or before it as
 * `/models/NAME/invocations`, under which the other addresses are too.
 */
export function mlflowProtocol(options: MlflowOptions): Protocol {
  const refuse = (failure: unknown): ProtocolAnswer => sent(mlflowError(failure))
  return {
    paths: [...addresses, ...addresses.map((address) => `/models/:model${address}`)],
    permission: permissionOf,
    answer: async (request) => {
      try {
        return sent(await answerMlflow(request, options))
      } catch (error) {
        return refuse(error)
      }
    },
    refuse,
  }
}

/** Probes of the whole server are for anyone; those of one model say whether there is such a model. */
function permissionOf({ method, target }: Address): string {
  const [path = '', query] = target.split('?', 2)
  if (method === 'GET' && /^\/(?:ping|health)$/.test(path) && !new URLSearchParams(query).has('model')) return 'public'
  return path.endsWith('/invocations') ? 'prediction:make' : 'system:read'
}

const addresses = ['/invocations', '/ping', '/health', '/version']

const sent = (answer: MlflowAnswer): ProtocolAnswer =>
  answer.status === 503 ? { ...answer, headers: { 'retry-after': '1' } } : answer

async function answerMlflow(request: ProtocolRequest, options: MlflowOptions): Promise<MlflowAnswer> {
  const { method, headers, body } = request
  const { inference, version, onUnexpected } = options
  // As it stands: read as a URL, '/models/%2e%2e/invocations' would be '/invocations'.
  const [pathname = '', query] = request.target.split('?', 2)
  const searchParams = new URLSearchParams(query)
  const match = /^(?:\/models\/([^/]+))?\/(invocations|ping|health|version)$/.exec(pathname)
  if (!match) return errorAnswer(404, `Cannot answer ${pathname}: nothing is there`)
  const [, prefix, what] = match
  const wanted = what === 'invocations' ? 'POST' : 'GET'
  if (method !== wanted) return errorAnswer(405, `Cannot answer ${method} ${pathname}: it takes ${wanted}`)
  const named = prefix === undefined ? (searchParams.get('model') ?? undefined) : decoded(prefix)
  if (what === 'version') return answerVersion(version)
  if (what !== 'invocations')
    return answerPing(named === undefined ? inference : { isReady: () => inference.isModelReady(named) })
  return answerInvocations({
    inference,
    model: named ?? (await onlyModel(inference)),
    version: searchParams.get('version') ?? undefined,
    contentType: headers['content-type'],
    body,
    ...(onUnexpected ? { onUnexpected } : {}),
  })
}

async function onlyModel(inference: Inference): Promise<string> {
  const names = [...new Set((await inference.index({ readyOnly: true })).map(({ name }) => name))]
  const [only] = names
  if (only === undefined) throw fail('unknownModel', 'Cannot score rows: the server has no model yet')
  if (names.length > 1)
    throw fail('unknownModel', `Cannot score rows: the server has ${names.length} models, and the request names none`, {
      remedy: 'Send it to /models/NAME/invocations or to /invocations?model=NAME',
    })
  return only
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw fail('badInput', `Cannot read the address: '${part}' is not encoded as addresses are`)
  }
}
