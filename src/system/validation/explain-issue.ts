import type { z } from 'zod'
import { nearestName } from './nearest-name.ts'
import { quoted } from './quoted.ts'
import { pathText, type SpecIssue } from './spec-issue.ts'

type Issue = z.core.$ZodIssue

/**
 * Says what zod found in the words of a system file: where, what is wrong, what would be right.
 * @param issue made with `reportInput`
 * @param knownKeys names that the object at a path may have
 */
export function explainIssue(
  issue: Issue,
  knownKeys: (path: readonly PropertyKey[]) => readonly string[],
): SpecIssue[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path)
    return issue.keys.map((key) => unknownName(pathText([...issue.path, key]), { key, known }))
  }
  if (issue.code === 'invalid_union' && issue.discriminator === undefined) return explainUnion(issue, knownKeys)
  return [{ path: pathText(issue.path), problem: found(valueOf(issue)), expected: expectation(issue) }]
}

/** A name that is not one of those known: which one was meant, or which there are. */
export function unknownName(path: string, { key, known }: { key: string; known: readonly string[] }): SpecIssue {
  const near = nearestName(key, known)
  return { path, problem: 'is not known', expected: near === null ? `one of ${quoted(known)}` : `'${near}'` }
}

/** The branch that came furthest speaks; where none got beyond the kind of value, all say what they expect. */
function explainUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  knownKeys: (path: readonly PropertyKey[]) => readonly string[],
): SpecIssue[] {
  const deeper = issue.errors.find((branch) => branch.every((inner) => inner.path.length > 0))
  if (deeper !== undefined)
    return deeper.flatMap((inner) => explainIssue({ ...inner, path: [...issue.path, ...inner.path] }, knownKeys))
  const expected = [...new Set(issue.errors.flatMap((branch) => branch.map(expectation)))].join(' or ')
  return [{ path: pathText(issue.path), problem: found(issue.input), expected }]
}

/** Zod reports the whole object where the key that tells the forms apart is wrong. */
function valueOf(issue: Issue): unknown {
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined)
    return (issue.input as Record<string, unknown> | undefined)?.[issue.discriminator]
  return issue.input
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected
    case 'invalid_value':
      return oneOf(issue.values, issue.input)
    case 'invalid_union':
      return oneOf((issue as { options?: readonly unknown[] }).options ?? [], valueOf(issue))
    case 'too_small':
      return bound(issue, { limit: Number(issue.minimum), word: 'at least' })
    case 'too_big':
      return bound(issue, { limit: Number(issue.maximum), word: 'at most' })
    case 'invalid_key':
      return issue.issues.map((inner) => inner.message).join(' and ')
    default:
      return issue.message
  }
}

function oneOf(values: readonly unknown[], value: unknown): string {
  const names = values.filter((name) => typeof name === 'string')
  const near = typeof value === 'string' ? nearestName(value, names) : null
  if (near !== null) return `'${near}'`
  return values.length === 1 ? quoted(values) : `one of ${quoted(values)}`
}

function bound(
  issue: Extract<Issue, { code: 'too_small' | 'too_big' }>,
  { limit, word }: { limit: number; word: string },
): string {
  const unit = issue.origin === 'string' ? 'character' : issue.origin === 'array' ? 'item' : null
  if (unit === null)
    return issue.inclusive === false ? `${word === 'at least' ? 'more' : 'less'} than ${limit}` : `${word} ${limit}`
  return `${issue.exact === true ? 'exactly' : word} ${limit} ${unit}${limit === 1 ? '' : 's'}`
}

/** What a value is, as the end of a sentence about it. */
export function found(value: unknown): string {
  if (value === undefined) return 'is missing'
  if (typeof value === 'string') return `is '${value.length > 40 ? `${value.slice(0, 39)}…` : value}'`
  if (Array.isArray(value)) return value.length === 0 ? 'is an empty list' : 'is a list'
  if (typeof value === 'function') return 'is a function'
  if (typeof value === 'object' && value !== null) return value instanceof Date ? 'is a Date' : 'is an object'
  return `is ${value as number}`
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}
