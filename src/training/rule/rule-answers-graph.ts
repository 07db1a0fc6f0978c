import { attribute, declareClasses, declarePrediction } from '#model'
import type { GraphBuilder } from '#model'
import { declareAnswers, declareFirstPlace } from '../answers/answer-table.ts'
import type { GraphValue } from './expression-graph.ts'
import type { RuleAnswers } from './rule-answers.ts'

/**
 * Declares a model's outputs from what its rule says.
 * @param options.input any input of the graph: as many rows are answered as it has
 */
export function declareRuleAnswers(
  graph: GraphBuilder,
  said: GraphValue,
  options: { readonly answers: RuleAnswers; readonly input: string },
): void {
  const { answers, input } = options
  if ('table' in answers) {
    const place = answers.result === 'condition' ? conditionPlace(graph, said) : labelPlace(graph, said, answers.table)
    // A rule that reads no column says one thing for all rows: adding zeros gives each row its own.
    declareAnswers(graph, answers.table, graph.node('Add', [declareFirstPlace(graph, input), place]))
    return
  }
  const fallback = graph.constant('float', [1, 1], [answers.fallback])
  const value = graph.node('Where', [graph.node('IsNaN', [said.value]), fallback, said.value])
  const forAll = graph.node('Expand', [value, graph.node('Shape', [input])])
  if (answers.result === 'number') {
    declarePrediction(graph, forAll)
    return
  }
  const one = graph.constant('float', [1, 1], [1])
  const positive = graph.node('Min', [graph.node('Max', [forAll, graph.constant('float', [1, 1], [0])]), one])
  const both = [graph.node('Sub', [one, positive]), positive]
  declareClasses(graph, graph.node('Concat', both, { attributes: { axis: attribute.int(1) } }), {
    classes: answers.classes,
  })
}

const place = (graph: GraphBuilder, value: number): string => graph.constant('int64', [1, 1], [value])

function conditionPlace(graph: GraphBuilder, { value, isFalse }: GraphValue): string {
  const otherwise = graph.node('Where', [isFalse as string, place(graph, 0), place(graph, 2)])
  return graph.node('Where', [value, place(graph, 1), otherwise])
}

function labelPlace(
  graph: GraphBuilder,
  { value }: GraphValue,
  { classes }: { readonly classes: readonly string[] },
): string {
  return graph.node('LabelEncoder', [value], {
    domain: 'ai.onnx.ml',
    attributes: {
      keys_strings: attribute.texts(classes),
      values_int64s: attribute.ints(classes.map((_, at) => at)),
      default_int64: attribute.int(classes.length),
    },
  })
}
