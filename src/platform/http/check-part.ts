import type { z } from 'zod'
import type { Failure } from '../failure.ts'
import { fail } from './failures.ts'

/** One wrong field of a request. */
interface FieldProblem {
  /** `rows[3].distance`; empty for the whole part. */
  readonly path: string
  readonly message: string
}

/**
 * Reads one part of a request by its schema.
 * @param part where the value stands: 'body', 'query' or 'path'
 * @throws {Failure} `http/invalidRequest` naming every field that is wrong, at most 20
 */
export function checkPart(schema: z.ZodType, value: unknown, part: 'body' | 'query' | 'path'): unknown {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw invalidRequest(part, parsed.error.issues.map(problemOfIssue))
}

/** The failure of a request with wrong fields. */
function invalidRequest(part: string, problems: readonly FieldProblem[]): Failure {
  const shown = problems.slice(0, 3).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  const more = problems.length > shown.length ? ` (and ${problems.length - shown.length} more)` : ''
  return fail('invalidRequest', `Cannot read the ${part} of the request: ${shown.join('; ')}${more}`, {
    details: { part, problems: problems.slice(0, 20) },
  })
}

function problemOfIssue(issue: z.core.$ZodIssue): FieldProblem {
  return { path: pathText(issue.path), message: lowerFirst(messageOfIssue(issue)) }
}

/** Of a union, what the closest branch says: the one that got furthest into the value. */
function messageOfIssue(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue.message
  const depth = (issues: readonly z.core.$ZodIssue[]): number => Math.max(0, ...issues.map(({ path }) => path.length))
  const closest = [...issue.errors].sort((a, b) => depth(b) - depth(a))[0] ?? []
  if (depth(closest) === 0) return issue.errors.map((branch) => branch[0]?.message ?? '').join(', or ')
  return closest.map((inner) => `${pathText(inner.path)}: ${lowerFirst(messageOfIssue(inner))}`).join('; ')
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  )
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
