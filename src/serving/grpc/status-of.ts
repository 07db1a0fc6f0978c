import { status, type ServiceError } from '@grpc/grpc-js'
import { isFailure, type Failure } from '#platform'

/** The gRPC status that a call ends with. */
export type CallStatus = Pick<ServiceError, 'code' | 'details'>

/** The status of anything thrown during a call. What is not expected says nothing of the inside. */
export function statusOf(error: unknown): CallStatus {
  if (!isFailure(error)) return { code: status.INTERNAL, details: 'Cannot answer: the server met an unexpected error' }
  return { code: codeOf(error), details: detailsOf(error) }
}

function codeOf(failure: Failure): status {
  const code = codes[failure.status]
  if (code !== undefined) return code
  return failure.status >= 400 && failure.status < 500 ? status.INVALID_ARGUMENT : status.INTERNAL
}

/** Codes by the HTTP status of a failure; of other 4xx the argument is at fault. */
const codes: Readonly<Record<number, status>> = {
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  409: status.FAILED_PRECONDITION,
  413: status.RESOURCE_EXHAUSTED,
  429: status.UNAVAILABLE,
  501: status.UNIMPLEMENTED,
  503: status.UNAVAILABLE,
  504: status.DEADLINE_EXCEEDED,
  507: status.RESOURCE_EXHAUSTED,
}

/** The message goes in a header: short enough for every client, and text that can be percent-encoded. */
function detailsOf({ status, message, remedy }: Failure): string {
  // Whoever has no leave to ask is told how to get it.
  const text = (status === 401 || status === 403 ? `${message}. ${remedy}` : message).toWellFormed()
  return text.length > mostDetails ? `${text.slice(0, mostDetails).toWellFormed()}…` : text
}

const mostDetails = 1000
