import type { Task } from '#model'
import { fail } from '../failures.ts'
import type { Expression } from './expression.ts'

/** What a rule says of a row: a condition, the name of a class, the probability of the positive class, or a number. */
export type RuleResult = 'condition' | 'label' | 'probability' | 'number'

/**
 * What the value of a rule means for its task.
 * @throws {Failure} `training/ruleResult` when it means nothing, or a named class does not exist
 */
export function ruleResult(expression: Expression, task: Task, classes: readonly string[]): RuleResult {
  const refuse = (state: string): Error => fail('ruleResult', `Cannot use the rule: ${state}`)
  const { type } = expression
  if (task === 'regression') {
    if (type === 'number') return 'number'
    throw refuse(`it gives a ${type}, a regression needs a number`)
  }
  if (type === 'text') {
    const unknown = outcomesOf(expression).find((name) => !classes.includes(name))
    if (unknown === undefined) return 'label'
    throw refuse(`it gives '${unknown}', which is not a class; the classes are ${classes.slice(0, 20).join(', ')}`)
  }
  if (task === 'multiclass') throw refuse(`it gives a ${type}, a task of several classes needs the name of a class`)
  if (type === 'boolean') return 'condition'
  if (type === 'number') return 'probability'
  throw refuse(`it gives a ${type}, a binary task needs a condition, a probability or the name of a class`)
}

/** Texts that a rule spells out as its answers. */
function outcomesOf(expression: Expression): string[] {
  switch (expression.kind) {
    case 'literal':
      return expression.value === null ? [] : [String(expression.value)]
    case 'case':
      return [...expression.branches.map(({ value }) => value), expression.otherwise].flatMap(outcomesOf)
    case 'coalesce':
      return expression.items.flatMap(outcomesOf)
    default:
      return []
  }
}
