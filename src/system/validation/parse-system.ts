import { fail } from '../failures.ts'
import { systemSchema, type SystemSpec } from '../schema.ts'
import { deepFreeze } from './deep-freeze.ts'
import { explainIssue, found, unknownName } from './explain-issue.ts'
import { explainCost } from './explain-cost.ts'
import type { Parts } from './parts.ts'
import { relationIssues } from './relation-issues.ts'
import { issueText, type SpecIssue } from './spec-issue.ts'

/**
 * Checks anything that should be a system: its form, and that its parts fit together.
 * @returns it with every default filled in, frozen
 * @throws {Failure} `system/invalid`; `details.issues` holds every {@link SpecIssue}
 */
export function parseSystem(value: unknown): SystemSpec {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw invalid([{ path: '', problem: found(value), expected: 'an object made by defineSystem' }])
  const given = value as Readonly<Record<string, unknown>>
  const known = Object.keys(systemSchema.shape)
  const issues: SpecIssue[] = Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => unknownName(key, { key, known }))
  const parts: Parts = {}
  for (const key of known) {
    const result = parsePart(key as keyof SystemSpec, given)
    if (result.issues === null) Object.assign(parts, result.part === undefined ? {} : { [key]: result.part })
    else issues.push(...result.issues)
  }
  // Parts that parse are held against each other even where others do not: every mistake shows at once.
  issues.push(...relationIssues(parts))
  if (issues.length > 0) throw invalid(issues)
  return deepFreeze(parts as SystemSpec)
}

function parsePart(
  key: keyof SystemSpec,
  given: Readonly<Record<string, unknown>>,
): { issues: null; part: unknown } | { issues: readonly SpecIssue[] } {
  const keysByPath = new Map<string, readonly string[]>()
  const placeOf = (path: readonly PropertyKey[] | undefined): string => JSON.stringify(path?.map(String) ?? [])
  const parsed = systemSchema.shape[key].safeParse(given[key], {
    reportInput: true,
    error: (issue) => {
      const shape = (issue.inst as { _zod: { def: { shape?: object } } } | undefined)?._zod.def.shape
      if (issue.code === 'unrecognized_keys' && shape) keysByPath.set(placeOf(issue.path), Object.keys(shape))
      return undefined
    },
  })
  if (parsed.success) return { issues: null, part: parsed.data }
  return {
    issues: parsed.error.issues.flatMap((issue) => {
      const cost = key === 'framing' && issue.path[0] === 'cost' ? explainCost(given[key]) : null
      if (cost !== null) return cost
      const full = { ...issue, path: [key, ...issue.path] }
      return explainIssue(full, (path) => keysByPath.get(placeOf(path.slice(1))) ?? [])
    }),
  }
}

function invalid(issues: readonly SpecIssue[]) {
  const lines = issues.map(issueText)
  const message =
    lines.length === 1
      ? `Cannot use the system: ${lines[0] as string}`
      : `Cannot use the system: ${lines.length} mistakes\n${lines.map((line) => `  ${line}`).join('\n')}`
  return fail('invalid', message, { details: { issues } })
}
