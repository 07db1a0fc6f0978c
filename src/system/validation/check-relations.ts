import type { CheckSpec } from '../schema.ts'
import { nearestName } from './nearest-name.ts'
import { quoted } from './quoted.ts'
import type { Parts } from './parts.ts'
import type { SpecIssue } from './spec-issue.ts'

/** Sources and checks: sources that are not there, ranges that hold nothing. */
export function checkRelations({ sources, checks, dataset }: Parts): readonly SpecIssue[] {
  const issues: SpecIssue[] = []
  if (sources && Object.keys(sources).length === 0)
    issues.push({ path: 'sources', problem: 'are empty', expected: "at least one, such as { rows: csv('rows.csv') }" })
  checks?.forEach((check, place) => {
    if (sources) issues.push(...sourceIssues(check, { path: `checks[${place}]`, known: Object.keys(sources) }))
    issues.push(...rangeIssues(check, `checks[${place}]`))
  })
  const names = dataset?.history.map((item) => item.name) ?? []
  names.forEach((name, place) => {
    if (names.indexOf(name) < place)
      issues.push({
        path: `dataset.history[${place}].name`,
        problem: `is '${name}', which another one is called`,
        expected: 'a name of its own',
      })
  })
  return issues
}

function sourceIssues(check: CheckSpec, { path, known }: { path: string; known: readonly string[] }): SpecIssue[] {
  const { source } = check
  if (source === undefined) {
    if (known.length < 2) return []
    return [
      { path: `${path}.source`, problem: 'is missing, and there are several', expected: `one of ${quoted(known)}` },
    ]
  }
  if (known.includes(source)) return []
  const near = nearestName(source, known)
  const expected = near === null ? `one of ${quoted(known)}` : `'${near}'`
  return [{ path: `${path}.source`, problem: `is '${source}', which no source is called`, expected }]
}

function rangeIssues(check: CheckSpec, path: string): SpecIssue[] {
  if (check.kind !== 'between' && check.kind !== 'row-count') return []
  const { min, max } = check
  if (min === undefined && max === undefined)
    return [{ path, problem: 'has neither min nor max', expected: 'at least one of them' }]
  if (min === undefined || max === undefined) return []
  if (typeof min !== typeof max)
    return [{ path: `${path}.max`, problem: 'is of another type than min', expected: `a ${kindName(min)}` }]
  return min > max ? [{ path: `${path}.max`, problem: `is ${max}, below min`, expected: `at least ${min}` }] : []
}

const kindName = (value: string | number): string => (typeof value === 'number' ? 'number' : 'text')
