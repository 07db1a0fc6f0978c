import type { EvaluationSpec } from '../schema.ts'
import { quoted } from './quoted.ts'
import type { Parts } from './parts.ts'
import type { SpecIssue } from './spec-issue.ts'

/** Partition: a text column that models may see, whose segments stand on both sides of the split. */
export function partitionRelations({ partition, framing, dataset, evaluation }: Parts): readonly SpecIssue[] {
  if (!partition) return []
  const { by } = partition
  const issues: SpecIssue[] = []
  const issue = (problem: string, expected: string): void => {
    issues.push({ path: 'partition.by', problem: `is '${by}', ${problem}`, expected })
  }
  const use =
    by === framing?.target
      ? 'the target'
      : by === framing?.time
        ? 'the time'
        : by === dataset?.weight
          ? 'the weight'
          : null
  if (use !== null) issue(use, 'a text column among the inputs')
  else if (dataset?.inputs && !dataset.inputs.includes(by))
    issue('which is not among dataset.inputs', `one of ${quoted(dataset.inputs)}, or the column in dataset.inputs too`)
  const type = dataset?.types[by]
  if (type !== undefined && type !== 'categorical' && type !== 'text')
    issue(`which dataset.types makes ${type}`, "'categorical'")
  if (evaluation && splitColumns(evaluation).includes(by))
    issue(
      'which evaluation.split keeps on one side: no model of a segment would be judged',
      'a split by time, by row, or by other columns',
    )
  return issues
}

const splitColumns = ({ split }: EvaluationSpec): readonly string[] =>
  split.kind === 'group' || split.kind === 'k-fold' ? (split.by ?? []) : []
