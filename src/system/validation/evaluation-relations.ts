import type { Task } from '#model'
import type { EvaluationSpec, Framing, GateSpec } from '../schema.ts'
import { unknownName } from './explain-issue.ts'
import type { Parts } from './parts.ts'
import type { SpecIssue } from './spec-issue.ts'
import { candidateName, metricTasks } from './vocabulary.ts'

/** Evaluation: metrics of the task, a cost and a time where they are needed, gates that name what there is. */
export function evaluationRelations({ evaluation, framing, candidates }: Parts): readonly SpecIssue[] {
  if (!evaluation) return []
  const names = candidates && ['champion', ...candidates.map(candidateName)]
  return [
    ...(framing ? framedIssues(evaluation, framing) : []),
    ...splitIssues(evaluation.split),
    ...evaluation.gates.flatMap((gate, place) =>
      gateIssues(gate, { path: `evaluation.gates[${place}]`, names, task: framing?.task }),
    ),
  ]
}

function framedIssues({ primary, split }: EvaluationSpec, framing: Framing): SpecIssue[] {
  const issues = metricIssues('evaluation.primary', { metric: primary, task: framing.task })
  if (primary === 'expected-cost' && framing.cost === undefined)
    issues.push({
      path: 'framing.cost',
      problem: "is missing, and evaluation.primary is 'expected-cost'",
      expected: 'the money of each kind of error, or another evaluation.primary',
    })
  if (split.kind === 'time' && framing.time === undefined)
    issues.push({
      path: 'framing.time',
      problem: 'is missing, and evaluation.split is by time',
      expected: 'the column with the moment of prediction, or a random split',
    })
  return issues
}

function splitIssues(split: EvaluationSpec['split']): SpecIssue[] {
  if (split.kind !== 'random' && split.kind !== 'group') return []
  if (split.share > 0 && split.share < 1) return []
  return [{ path: 'evaluation.split.share', problem: `is ${split.share}`, expected: 'more than 0 and less than 1' }]
}

function gateIssues(
  gate: GateSpec,
  { path, names, task }: { path: string; names: readonly string[] | undefined; task: Task | undefined },
): SpecIssue[] {
  if (gate.kind !== 'beats') return metricIssues(`${path}.metric`, { metric: gate.metric, task })
  if (!names || names.includes(gate.what)) return []
  const { expected } = unknownName(path, { key: gate.what, known: names })
  return [{ path: `${path}.what`, problem: `is '${gate.what}', which no candidate is called`, expected }]
}

function metricIssues(path: string, { metric, task }: { metric: string; task: Task | undefined }): SpecIssue[] {
  const known = Object.keys(metricTasks).filter((name) => !task || metricTasks[name]?.includes(task))
  if (known.includes(metric)) return []
  const { expected } = unknownName(path, { key: metric, known })
  const of = task ? ` of a ${task} task` : ''
  return [{ path, problem: `is '${metric}', which is no metric${of}`, expected }]
}
