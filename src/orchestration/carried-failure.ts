import { Failure, failureCatalogues, isFailure, messageOf } from '#platform'
import { fail } from './failures.ts'
import type { RunError } from './schema.ts'

/** A {@link Failure} as the work store holds it. */
export interface CarriedFailure {
  readonly code: string
  readonly message: string
  readonly remedy: string
  readonly status: number
  readonly retry: boolean
  readonly details: Readonly<Record<string, unknown>>
}

/** The parts of a failure, plain. */
export function carry(failure: Failure): CarriedFailure {
  const { code, message, remedy, status, retry, details } = failure
  return { code, message, remedy, status, retry, details }
}

/** The failure that was carried, as it was thrown, whichever process threw it. */
export function revive({ code, message, ...rest }: CarriedFailure): Failure {
  const [component = '', name = ''] = code.split('/')
  const entry = failureCatalogues().get(component)?.[name]
  return new Failure(code, message, {
    entry: { means: entry?.means ?? message, status: rest.status, retry: rest.retry, remedy: rest.remedy },
    details: rest.details,
  })
}

/** An error that the work store keeps whole: it stores nothing but a name and a message. */
export function toStored(error: unknown): Error {
  const stored = new Error(isFailure(error) ? JSON.stringify(carry(error)) : messageOf(error), { cause: error })
  stored.name = isFailure(error) ? error.code : error instanceof Error ? error.name : 'Error'
  return stored
}

/** What ended a run, from what the work store holds. */
export function fromStored(stored: { name?: string; message: string } | null): RunError | null {
  if (!stored) return null
  const carried = carriedIn(stored)
  return { code: carried?.code ?? stored.name ?? 'Error', message: carried?.message ?? stored.message }
}

/** The failure that ended a run; `orchestration/runFailed` where it ended by an error that nobody foresaw. */
export function storedFailure(stored: { name?: string; message: string } | null, workflow: string): Failure {
  const carried = stored && carriedIn(stored)
  if (carried) return revive(carried)
  return fail('runFailed', `Cannot finish workflow '${workflow}': ${stored?.message ?? 'it ended without a reason'}`)
}

function carriedIn(stored: { name?: string; message: string }): CarriedFailure | undefined {
  if (!stored.name?.includes('/')) return undefined
  try {
    return JSON.parse(stored.message) as CarriedFailure
  } catch {
    return undefined
  }
}
