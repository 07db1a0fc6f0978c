import { z } from 'zod'
import { declareInputs, GraphBuilder } from '#model'
import type { Scores } from '#model'
import type { Lake, Table } from '#platform'
import type { Trainer, TrainingData } from '../schema.ts'
import { walk, type Expression } from './expression.ts'
import { declareExpression } from './expression-graph.ts'
import { parseRule } from './parse-rule.ts'
import { letterCases } from './pattern-regex.ts'
import { resolveRule } from './resolve-rule.ts'
import { ruleAnswers, type RuleAnswers } from './rule-answers.ts'
import { declareRuleAnswers } from './rule-answers-graph.ts'
import { ruleResult } from './rule-result.ts'
import { ruleValues } from './rule-values.ts'
import { withScratchLake } from './scratch-lake.ts'

export interface RuleParams {
  /** One SQL expression over the inputs: a condition, a probability, the name of a class, or a number. */
  readonly sql: string
  /**
   * Answer a condition or a class with the shares of the classes observed among the training rows where the rule says so,
   * instead of with certainty. A certain answer that is sometimes wrong costs without bound by log loss, and leaves a cost
   * threshold nothing to weigh.
   */
  readonly calibrate: boolean
}

/**
 * A rule that people wrote, as SQL, compiled into a model file of its own; DuckDB evaluates the same rule as the trainer's
 * own prediction. Where the rule says nothing (null), the answer is what was observed in such rows, else overall.
 */
export const ruleTrainer: Trainer<RuleParams, Promise<Scores>> = {
  kind: 'rule',
  rung: 1,
  tasks: ['binary', 'multiclass', 'regression'],
  defaults: { sql: '', calibrate: true },
  schema: z.strictObject({ sql: z.string().max(100_000), calibrate: z.boolean() }),
  fit: (data, { sql, calibrate }) =>
    withScratchLake(async (lake) => {
      const expression = resolveRule({ sql, inputs: data.inputs }, await parseRule(lake, sql))
      const classes = data.target.kind === 'classes' ? data.target.classes : []
      const result = ruleResult(expression, data.task, classes)
      const said = await ruleValues(lake, expression, data.table)
      const answers = ruleAnswers(data, { result, said, calibrate })
      const columns = walk(expression).flatMap((part) => (part.kind === 'column' ? [part.name] : []))
      return {
        onnx: await ruleModel(lake, { data, expression, answers }),
        predict: (table: Table) =>
          withScratchLake(async (own) => answers.scores(await ruleValues(own, expression, table))),
        facts: { sql, result, columns: [...new Set(columns)].join(', '), ...answers.facts },
        importance: [],
      }
    }),
}

interface CompiledRule {
  readonly data: TrainingData
  readonly expression: Expression
  readonly answers: RuleAnswers
}

async function ruleModel(lake: Lake, { data, expression, answers }: CompiledRule): Promise<Uint8Array> {
  const graph = new GraphBuilder('rule')
  declareInputs(graph, data.inputs)
  const value = declareExpression(graph, expression, await letterCases(lake, expression))
  declareRuleAnswers(graph, value, { answers, input: (data.inputs[0] as { name: string }).name })
  const classes = data.target.kind === 'classes' ? data.target.classes : []
  return graph.build({ signature: { task: data.task, inputs: data.inputs, classes }, explanation: { kind: 'none' } })
}
