import type { CandidateSpec } from '../schema.ts'
import { unknownName } from './explain-issue.ts'
import { quoted } from './quoted.ts'
import type { Parts } from './parts.ts'
import type { SpecIssue } from './spec-issue.ts'
import { candidateKinds, candidateName } from './vocabulary.ts'

/** Candidates: kinds that exist and fit the task, names that tell them apart. */
export function candidateRelations({ candidates, framing }: Parts): readonly SpecIssue[] {
  if (!candidates) return []
  const names = candidates.map(candidateName)
  return candidates.flatMap((candidate, place) => {
    const path = `candidates[${place}]`
    const issues = kindIssues(candidate, { path, task: framing?.task })
    const first = names.indexOf(names[place] as string)
    if (first < place)
      issues.push({
        path: `${path}.name`,
        problem: `is '${names[place] as string}', which candidates[${first}] is called`,
        expected: 'a name of its own',
      })
    if (names[place] === 'champion')
      issues.push({ path: `${path}.name`, problem: "is 'champion', the version that serves", expected: 'another name' })
    return issues
  })
}

function kindIssues(
  candidate: CandidateSpec,
  { path, task }: { path: string; task: keyof typeof articles | undefined },
): SpecIssue[] {
  const kind = Object.hasOwn(candidateKinds, candidate.kind) ? candidateKinds[candidate.kind] : undefined
  if (!kind) return [unknownKind(candidate.kind, { path })]
  const issues: SpecIssue[] = []
  if (task && !kind.tasks.includes(task)) {
    const fitting = Object.keys(candidateKinds).filter((name) => candidateKinds[name]?.tasks.includes(task))
    issues.push({
      path: `${path}.kind`,
      problem: `is '${candidate.kind}', which does not solve ${articles[task]} task`,
      expected: `one of ${quoted(fitting)}`,
    })
  }
  if (candidate.tune && !kind.tunable)
    issues.push({ path: `${path}.tune`, problem: `is set, and '${candidate.kind}' has nothing to tune`, expected: '' })
  if (candidate.kind === 'rule' && String(candidate.params['sql'] ?? '').trim() === '')
    issues.push({ path: `${path}.params.sql`, problem: 'is missing', expected: 'the SQL expression of the rule' })
  return issues
}

const unknownKind = (kind: string, { path }: { path: string }): SpecIssue => {
  const { expected } = unknownName(path, { key: kind, known: Object.keys(candidateKinds) })
  return { path: `${path}.kind`, problem: `is '${kind}', which no trainer makes`, expected }
}

const articles = { binary: 'a binary', multiclass: 'a multiclass', regression: 'a regression' } as const
