import { z } from 'zod'
import { Failure, isFailure } from '../failure.ts'
import { fail } from './failures.ts'

/** An error as every answer of the API gives it. @see RFC 9457 */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'urn:millrace:error:<component>/<code>, stable' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().meta({ description: 'What was attempted, and what stood in the way' }),
    remedy: z.string().meta({ description: 'What to do about it' }),
    code: z.string().meta({ description: '<component>/<code>' }),
    retry: z.boolean().meta({ description: 'Whether the same request can succeed later' }),
    details: z.record(z.string(), z.unknown()).meta({ description: 'Facts for machines' }),
    requestId: z.string().optional(),
  })
  .meta({ id: 'Problem' })

export type Problem = z.output<typeof problemSchema>

/** The problem document of a failure. */
export function problemOf(failure: Failure, requestId?: string): Problem {
  return {
    type: `urn:millrace:error:${failure.code}`,
    title: titleOf(failure.code),
    status: failure.status,
    detail: failure.message,
    remedy: failure.remedy,
    code: failure.code,
    retry: failure.retry,
    details: failure.details,
    ...(requestId === undefined ? {} : { requestId }),
  }
}

/**
 * The failure that anything thrown during a request stands for. What is not expected becomes `http/unexpected`, which
 * says nothing of the inside.
 */
export function failureOf(error: unknown, limits: { readonly bodyLimitMb: number }): Failure {
  if (isFailure(error)) return error
  const { code = '', statusCode = 500 } = (error ?? {}) as { code?: string; statusCode?: number }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return fail('bodyTooLarge', `Cannot read the request: its body is larger than ${limits.bodyLimitMb} MB`, {
      details: { limitMb: limits.bodyLimitMb },
    })
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return fail('wrongContentType', 'Cannot read the request: its content type is not application/json')
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return fail('malformedJson', 'Cannot read the request: its body is empty')
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY' || (error instanceof SyntaxError && statusCode === 400))
    return fail('malformedJson', 'Cannot read the request: its body is not JSON')
  if (statusCode >= 400 && statusCode < 500)
    return fail('malformedRequest', 'Cannot read the request: it does not follow HTTP')
  return fail('unexpected', 'Cannot answer: the server met an unexpected error', { cause: error })
}

/**
 * The failure of what never became a request: bytes that are not HTTP, a head too large, one that took too long.
 * @param code of the error that the parser of Node gives
 */
export function brokenRequestFailure(code: string | undefined): Failure {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return fail('tooSlow', 'Cannot read the request: it did not come whole in time')
  if (code === 'HPE_HEADER_OVERFLOW')
    return fail('headersTooLarge', 'Cannot read the request: its headers are larger than 16 KB')
  return fail('malformedRequest', 'Cannot read the request: it does not follow HTTP')
}

/** `unknownModel` of `registry/unknownModel` as words: 'Unknown model'. */
function titleOf(code: string): string {
  const words = (code.split('/').at(-1) as string).replaceAll(/([A-Z])/g, ' $1').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** {@link problemOf} for anything thrown once the request was read. */
export const failureProblem = (error: unknown, requestId?: string): Problem =>
  problemOf(failureOf(error, { bodyLimitMb: 0 }), requestId)

/** The failure that another process told of. */
export function problemFailure({ code, detail, status, retry, remedy, details }: Problem): Failure {
  return new Failure(code, detail, { entry: { status, retry, means: detail, remedy }, details: { ...details } })
}
