import { declareInputs, GraphBuilder } from '#model'
import type { Field } from '#model'
import { declareAnswers, declareFirstPlace, type AnswerTable } from '../answers/answer-table.ts'

/** The file of a model that gives every row the same answer; it takes all inputs and reads none. */
export function constantModel(inputs: readonly Field[], answers: AnswerTable): Uint8Array {
  const graph = new GraphBuilder('constant')
  declareInputs(graph, inputs)
  declareAnswers(graph, answers, declareFirstPlace(graph, (inputs[0] as Field).name))
  const signature = { task: answers.task, inputs, classes: answers.classes }
  return graph.build({ signature, explanation: { kind: 'none' } })
}
