import type { Framing, Objective } from '../schema.ts'
import { costForms, taskOfCost } from './explain-cost.ts'
import type { Parts } from './parts.ts'
import { quoted } from './quoted.ts'
import type { SpecIssue } from './spec-issue.ts'

/**
 * Objective and framing: a target that goes the other way, a date that is none, columns that are two things at once.
 */
export function framingRelations({ objective, framing, dataset }: Parts): readonly SpecIssue[] {
  const issues: SpecIssue[] = []
  if (objective) issues.push(...objectiveIssues(objective))
  if (framing) issues.push(...framingIssues(framing))
  if (framing && dataset?.inputs?.includes(framing.target))
    issues.push({
      path: 'dataset.inputs',
      problem: `hold the target '${framing.target}', which a model would simply repeat`,
      expected: 'columns that are known before the outcome',
    })
  return issues
}

function objectiveIssues({ direction, target, by }: Objective): SpecIssue[] {
  const issues: SpecIssue[] = []
  if (direction === 'down' ? target > 0 : target < 0)
    issues.push({
      path: 'objective.target',
      problem: `is ${target} while the direction is '${direction}'`,
      expected:
        direction === 'down' ? 'a negative relative change, such as -0.1' : 'a positive relative change, such as 0.1',
    })
  const day = new Date(`${by}T00:00:00Z`)
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== by)
    issues.push({ path: 'objective.by', problem: `is '${by}', a day that no calendar has`, expected: 'a date' })
  return issues
}

function framingIssues({ task, target, time, entity, positive, cost }: Framing): SpecIssue[] {
  const issues: SpecIssue[] = []
  if (entity.includes(target))
    issues.push({
      path: 'framing.entity',
      problem: `holds the target '${target}'`,
      expected: 'columns known beforehand',
    })
  if (time === target)
    issues.push({ path: 'framing.time', problem: `is '${time}', the target`, expected: 'the moment of prediction' })
  if (positive !== undefined && task !== 'binary')
    issues.push({ path: 'framing.positive', problem: `is set for a ${task} task`, expected: 'nothing here' })
  if (cost !== undefined && taskOfCost(cost) !== task)
    issues.push({
      path: 'framing.cost',
      problem: `has the form of a ${taskOfCost(cost)} task, but the task is ${task}`,
      expected: `the fields ${quoted(Object.keys(costForms[task].shape))}`,
    })
  return issues
}
