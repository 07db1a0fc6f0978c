import { isFailure, messageOf, type Failure } from '#platform'

/** One line or more for a person. */
export const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** One value for a program. */
export const sayJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)

/**
 * What went wrong first: message, code and remedy on standard error; as JSON on standard output where asked. What then
 * could not be closed for it is left out.
 */
export function printFailure(thrown: unknown, { json }: { readonly json: boolean }): void {
  const error = firstOf(thrown)
  const known = isFailure(error)
  if (json) {
    sayJson({
      error: {
        code: known ? error.code : 'unexpected',
        message: messageOf(error),
        ...(known ? { remedy: error.remedy, details: error.details } : {}),
      },
    })
    return
  }
  if (known) {
    sayFailure(error)
    return
  }
  process.stderr.write(`\n✖ ${messageOf(error)}\n`)
  if (error instanceof Error && error.stack) process.stderr.write(`${error.stack}\n`)
}

/** What went wrong, for a person, on standard error. */
export function sayFailure({ message, remedy, code }: Pick<Failure, 'message' | 'remedy' | 'code'>): void {
  process.stderr.write(`\n✖ ${message}\n  ${remedy}\n  code: ${code}\n`)
}

/** `await using` throws what failed at its end, and in it what had failed before. */
const firstOf = (thrown: unknown): unknown =>
  thrown instanceof Error && thrown.name === 'SuppressedError' && 'suppressed' in thrown
    ? firstOf(thrown.suppressed)
    : thrown
