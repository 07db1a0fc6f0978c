import type { FastifyInstance } from 'fastify'
import { failureProblem, type Ids, type Log } from '#platform'
import type { FastHandler, FastRequest, Respond } from '../door/fast-connection.ts'
import type { RequestHead } from '../door/read-head.ts'
import { overloaded } from '../engine/submit.ts'
import type { Serving } from './open-serving.ts'
import { predictAnswer } from './routes.ts'

export interface FastPredictOptions {
  readonly serving: Serving
  /** The complete server: it answers what is not of the plain form, mistakes included. */
  readonly server: FastifyInstance
  readonly ids: Ids
  readonly log: Log
}

/** Who answers requests for predictions at the fast door: `POST /api/v1/systems/{name}/predict` with rows of plain values. */
export function fastPredict(options: FastPredictOptions): (head: RequestHead) => FastHandler | undefined {
  return (head) => {
    const system = head.method === 'POST' ? predictPath.exec(head.target)?.[1] : undefined
    const { 'content-type': type = '', 'content-encoding': encoding } = head.headers
    if (system === undefined || encoding !== undefined || !jsonType.test(type)) return undefined
    return (request, respond) => {
      const body = plainBody(request.body)
      const answered = body
        ? answer({ system, body }, respond, options)
        : answerCompletely(request, respond, options.server)
      answered.catch((error: unknown) => answerFailure(error, respond, { ...options, system }))
    }
  }
}

const predictPath = /^\/api\/v1\/systems\/([a-z][a-z0-9-]{0,62})\/predict$/
const jsonType = /^application\/json(?:; ?charset=utf-8)?$/i

async function answer(
  { system, body }: { readonly system: string; readonly body: Readonly<Record<string, unknown>> },
  respond: Respond,
  { serving }: FastPredictOptions,
): Promise<void> {
  const made = await predictAnswer(serving, { system, body, explain: false })
  respond({ status: 200, contentType: 'application/json; charset=utf-8', body: JSON.stringify(made) })
}

function answerFailure(
  error: unknown,
  respond: Respond,
  { ids, log, system }: FastPredictOptions & { readonly system: string },
): void {
  const requestId = ids.next('req')
  const problem = failureProblem(error, requestId)
  // Refusals are counted; a line for each would only add to the load.
  if (problem.status >= 500 && error !== overloaded) log.error({ err: error, requestId, system }, 'request')
  const headers = `X-Request-Id: ${requestId}\r\n${problem.status === 503 ? 'Retry-After: 1\r\n' : ''}`
  respond({ status: problem.status, contentType: 'application/problem+json', body: JSON.stringify(problem), headers })
}

async function answerCompletely({ head, body }: FastRequest, respond: Respond, server: FastifyInstance): Promise<void> {
  const { method, target: url, headers } = head
  const answered = await server.inject({
    method: method as 'POST',
    url,
    headers: { ...headers },
    payload: Buffer.from(body),
  })
  const kept = ['x-request-id', 'retry-after'].flatMap((name) => {
    const value = answered.headers[name]
    return value === undefined ? [] : [`${name}: ${String(value)}\r\n`]
  })
  respond({
    status: answered.statusCode,
    contentType: String(answered.headers['content-type']),
    body: answered.rawPayload,
    headers: kept.join(''),
  })
}

/** The body of a request where it is one row of plain values, or a list of some. */
function plainBody(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  let body: unknown
  try {
    body = JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
  if (!isObject(body)) return undefined
  const { rows, requestId, ...rest } = body
  if (!Array.isArray(rows)) return isRow(body) ? body : undefined
  const isForm = Object.keys(rest).length === 0 && (requestId === undefined || isName(requestId))
  return isForm && rows.every((row) => isObject(row) && isRow(row)) ? body : undefined
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isName = (value: unknown): boolean => typeof value === 'string' && value.length > 0 && value.length <= 200

function isRow(row: Readonly<Record<string, unknown>>): boolean {
  for (const name in row) {
    const value = row[name]
    if (value !== null && typeof value === 'object') return false
    // JSON can write numbers beyond all numbers.
    if (typeof value === 'number' && !Number.isFinite(value)) return false
  }
  return !Object.hasOwn(row, '__proto__')
}
