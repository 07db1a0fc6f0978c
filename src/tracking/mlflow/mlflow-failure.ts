/** What MLflow calls the kinds of errors, with the status of each. */
export const statusOfCode = {
  BAD_REQUEST: 400,
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_DOES_NOT_EXIST: 404,
  REQUEST_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
} as const

export type MlflowCode = keyof typeof statusOfCode

/** An error that a client of MLflow is told, in MLflow's words: clients and their tests look for them. */
export class MlflowFailure extends Error {
  override readonly name = 'MlflowFailure'
  readonly code: MlflowCode

  constructor(code: MlflowCode, message: string) {
    super(message)
    this.code = code
  }
}

export const invalid = (message: string): MlflowFailure => new MlflowFailure('INVALID_PARAMETER_VALUE', message)
export const absent = (message: string): MlflowFailure => new MlflowFailure('RESOURCE_DOES_NOT_EXIST', message)
export const exists = (message: string): MlflowFailure => new MlflowFailure('RESOURCE_ALREADY_EXISTS', message)

const seeDocs = 'See the API docs for more information about request parameters.'

export const missing = (name: string): MlflowFailure =>
  invalid(`Missing value for required parameter '${name}'. ${seeDocs}`)

/**
 * What is wrong is the kind of a value, named as Python names it.
 * @param written a number as it stood in the request, where that is known: 9.0 is no whole number there
 */
export const wrongKind = (name: string, value: unknown, written = shown(value)): MlflowFailure =>
  invalid(
    `Invalid value ${written} for parameter '${name}' supplied:  Hint: Value was of type '${kindOf(value, written)}'. ${seeDocs}`,
  )

/** What is wrong is the value itself. */
export const wrongValue = (name: string, value: unknown, why: string): MlflowFailure =>
  invalid(`Invalid value ${shown(value)} for parameter '${name}' supplied: ${why}`)

/** A value as JSON, where it is not too deep to be written. */
function shown(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    return '…'
  }
}

function kindOf(value: unknown, written: string): string {
  if (value === null) return 'NoneType'
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'number') return /^-?\d+$/.test(written) ? 'int' : 'float'
  return { string: 'str', boolean: 'bool' }[typeof value as string] ?? 'dict'
}
