import type { Task } from '#model'
import { binaryCost, classCost, numberCost, type Cost } from '../schema.ts'
import { explainIssue } from './explain-issue.ts'
import type { SpecIssue } from './spec-issue.ts'

/** The form that a task's costs take. */
export const costForms = { binary: binaryCost, multiclass: classCost, regression: numberCost } as const

/** The task whose form a cost has. */
export function taskOfCost(cost: Cost): Task {
  return 'falseNegative' in cost ? 'binary' : 'wrong' in cost ? 'multiclass' : 'regression'
}

/**
 * What is wrong with a cost that no form accepts, measured against the form of the task.
 * @param framing as given; null comes back where its task is not known either
 */
export function explainCost(framing: unknown): SpecIssue[] | null {
  const { task, cost } = (framing ?? {}) as { task?: unknown; cost?: unknown }
  const form = costForms[task as Task] as (typeof costForms)[Task] | undefined
  if (form === undefined) return null
  const parsed = form.safeParse(cost, { reportInput: true })
  if (parsed.success) return null
  return parsed.error.issues.flatMap((issue) =>
    explainIssue({ ...issue, path: ['framing', 'cost', ...issue.path] }, () => Object.keys(form.shape)),
  )
}
