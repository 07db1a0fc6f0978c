import { Failure } from '#platform'

/** What a call of the SDK gives. */
export interface Called<T> {
  readonly data?: T
  readonly error?: unknown
  readonly response: Response
}

/**
 * The body of a good answer.
 * @throws {Failure} made of the problem that the server answered with
 */
export async function answerOf<T>(call: Promise<Called<T>>): Promise<T> {
  const { data, error, response } = await call
  if (error === undefined && data !== undefined) return data
  const problem = (error ?? {}) as Partial<{
    code: string
    detail: string
    title: string
    remedy: string
    details: Record<string, unknown>
  }>
  throw new Failure(
    problem.code ?? 'http/unexpected',
    problem.detail ?? problem.title ?? `The server answered ${response.status}`,
    {
      details: problem.details ?? {},
      entry: {
        status: response.status,
        means: 'The server refused',
        remedy: problem.remedy ?? 'Look at the log of the server',
      },
    },
  )
}
