import { durationMs } from '#platform'
import type { CandidateSpec } from '../schema.ts'
import { unknownName } from './explain-issue.ts'
import { quoted } from './quoted.ts'
import type { Parts } from './parts.ts'
import type { SpecIssue } from './spec-issue.ts'
import { candidateKinds, candidateName, programKinds } from './vocabulary.ts'

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
  return [...issues, ...programIssues(candidate, path)]
}

function programIssues({ kind, program }: CandidateSpec, path: string): readonly SpecIssue[] {
  const at = `${path}.program`
  if (!programKinds.has(kind))
    return program ? [{ path: at, problem: `is set, and '${kind}' is trained without a program`, expected: '' }] : []
  if (!program) return [{ path: at, problem: 'is missing', expected: `the program, as ${kind}() makes it` }]
  const { requirements, timeout } = program
  const issues: SpecIssue[] = []
  if (kind === 'command' && requirements !== undefined)
    issues.push({ path: `${at}.requirements`, problem: "is set, and only 'python' has any", expected: '' })
  if (typeof requirements === 'object')
    for (const [place, line] of requirements.entries())
      if (/^\s*(-r|-c|-e|--requirement|--constraint|--editable|[./])/.test(line) || /[\r\n\0]/.test(line))
        issues.push({
          path: `${at}.requirements[${place}]`,
          problem: `is '${line}', which leads to other files`,
          expected: "a package such as 'scikit-learn==1.9.1'",
        })
  if (durationMs(timeout) > longestTimeoutMs)
    issues.push({ path: `${at}.timeout`, problem: `is '${timeout}'`, expected: 'at most 20d' })
  return issues
}

/** What a timer can wait for. */
const longestTimeoutMs = 20 * 86_400_000

const unknownKind = (kind: string, { path }: { path: string }): SpecIssue => {
  const { expected } = unknownName(path, { key: kind, known: Object.keys(candidateKinds) })
  return { path: `${path}.kind`, problem: `is '${kind}', which no trainer makes`, expected }
}

const articles = { binary: 'a binary', multiclass: 'a multiclass', regression: 'a regression' } as const
