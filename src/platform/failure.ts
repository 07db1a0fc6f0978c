/** What a component knows about one of its expected errors. */
export interface FailureEntry {
  /** HTTP status that a caller of the API receives. */
  readonly status: number
  /** Whether the same call can succeed later without any change. */
  readonly retry?: boolean
  /** What it means, one sentence. */
  readonly means: string
  /** What the person in front of it should do. */
  readonly remedy: string
}

/** One component's expected errors by code; the codes are stable and public. */
export type FailureCatalogue = Readonly<Record<string, FailureEntry>>

/** An expected error: it has a stable code, an HTTP status and a remedy, and it is safe to show. */
export class Failure extends Error {
  override readonly name = 'Failure'
  /** `component/code`, stable for ever. */
  readonly code: string
  readonly status: number
  readonly retry: boolean
  readonly remedy: string
  /** Facts for machines: paths, line numbers, columns. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, options: FailureOptions & { readonly entry: FailureEntry }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = options.entry.status
    this.retry = options.entry.retry ?? false
    this.remedy = options.remedy ?? options.entry.remedy
    this.details = Object.freeze({ ...options.details })
  }
}

export interface FailureOptions {
  readonly details?: Readonly<Record<string, unknown>>
  /** A more precise remedy than the catalogue's. */
  readonly remedy?: string
  readonly cause?: unknown
}

/** All catalogues by component, from which `docs/errors.md` is generated. */
const catalogues = new Map<string, FailureCatalogue>()

/**
 * Declares a component's errors and returns the function that makes them.
 *
 * The message starts with a capital, has no final period, names the attempt, then a colon and the state.
 *
 * @example
 * const fail = defineFailures('registry', { unknownModel: { status: 404, means: '…', remedy: '…' } })
 * throw fail('unknownModel', `Cannot find model '${name}': the registry has no such name`)
 */
export function defineFailures<const T extends FailureCatalogue>(component: string, catalogue: T) {
  catalogues.set(component, catalogue)
  return (code: keyof T & string, message: string, options: FailureOptions = {}): Failure =>
    new Failure(`${component}/${code}`, message, { ...options, entry: catalogue[code] as FailureEntry })
}

/** Every catalogue declared so far, by component name. */
export function failureCatalogues(): ReadonlyMap<string, FailureCatalogue> {
  return catalogues
}

/** True for expected errors, of this copy of the module or another. */
export function isFailure(error: unknown): error is Failure {
  return error instanceof Error && error.name === 'Failure' && 'code' in error && 'status' in error
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
