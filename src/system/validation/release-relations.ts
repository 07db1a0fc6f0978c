import type { Parts } from './parts.ts'
import type { SpecIssue } from './spec-issue.ts'

/** Release: a canary's shares rise to the whole traffic. */
export function releaseRelations({ release }: Parts): readonly SpecIssue[] {
  if (release?.strategy !== 'canary') return []
  const { steps } = release
  const issues: SpecIssue[] = []
  steps.forEach((share, place) => {
    if (share <= (steps[place - 1] ?? 0))
      issues.push({
        path: `release.steps[${place}]`,
        problem: `is ${share}`,
        expected: `more than ${steps[place - 1] ?? 0}: each step takes more traffic`,
      })
  })
  if (steps.at(-1) !== 1)
    issues.push({
      path: `release.steps[${steps.length - 1}]`,
      problem: `is ${steps.at(-1)}, and it is the last`,
      expected: '1: a release ends with all traffic',
    })
  return issues
}
