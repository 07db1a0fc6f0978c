import { isFailure } from '#platform'

/** An answer of the scoring server. */
export interface MlflowAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** Anything thrown during a request as MLflow answers it: `{ error_code, message }`. */
export function mlflowError(error: unknown): MlflowAnswer {
  const failure = isFailure(error) ? error : undefined
  const status = failure ? (failure.status === 422 ? 400 : failure.status) : 500
  const message = failure
    ? `${failure.message}. ${failure.remedy}`
    : 'Cannot answer: the server met an unexpected error'
  return errorAnswer(status, message)
}

/** An error as MLflow answers it. */
export function errorAnswer(status: number, message: string): MlflowAnswer {
  const code = errorCodes[status] ?? (status >= 500 ? 'INTERNAL_ERROR' : 'BAD_REQUEST')
  return {
    status,
    contentType: 'application/json',
    body: JSON.stringify({ error_code: code, message: shortened(message) }),
  }
}

/** Names and values of a request come back in messages, however long they are. */
const shortened = (message: string): string => (message.length > 1000 ? `${message.slice(0, 1000)}…` : message)

/** MLflow's codes by HTTP status; of other 4xx the request is at fault. */
const errorCodes: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'RESOURCE_DOES_NOT_EXIST',
  409: 'INVALID_STATE',
  429: 'REQUEST_LIMIT_EXCEEDED',
  501: 'NOT_IMPLEMENTED',
  503: 'TEMPORARILY_UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}
