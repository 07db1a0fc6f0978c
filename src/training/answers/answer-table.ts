import { attribute, declareClasses, declarePrediction } from '#model'
import type { GraphBuilder, Scores } from '#model'
import type { TrainingData } from '../schema.ts'

/** Answers that were counted beforehand, one a place: the model only has to find the place of each row. */
export interface AnswerTable {
  readonly task: TrainingData['task']
  /** Empty for a regression. */
  readonly classes: readonly string[]
  /** Shape [places × width], row-major, where width is the number of classes, or 1 for a regression. */
  readonly values: Float64Array
}

/** Values of one answer: a probability a class, or one number. */
export const answerWidth = ({ classes }: Pick<AnswerTable, 'classes'>): number => Math.max(1, classes.length)

/** The answer at each row's place. */
export function answersAt(answers: AnswerTable, places: Int32Array): Scores {
  const width = answerWidth(answers)
  const found = new Float64Array(places.length * width)
  for (let row = 0; row < places.length; row++) {
    const start = (places[row] as number) * width
    for (let k = 0; k < width; k++) found[row * width + k] = answers.values[start + k] as number
  }
  return answers.task === 'regression'
    ? { kind: 'numbers', values: found }
    : { kind: 'classes', classes: answers.classes, probabilities: found }
}

/**
 * Declares a model's outputs as the answers at each row's place.
 * @param places int64 tensor of shape [N, 1]
 */
export function declareAnswers(graph: GraphBuilder, answers: AnswerTable, places: string): void {
  const width = answerWidth(answers)
  const table = graph.constant('float', [answers.values.length / width, width], answers.values)
  const found = graph.node('Reshape', [
    graph.node('Gather', [table, places]),
    graph.constant('int64', [2], [-1, width]),
  ])
  if (answers.task === 'regression') declarePrediction(graph, found)
  else declareClasses(graph, found, { classes: answers.classes })
}

/** The int64 tensor [N, 1] that puts every row at place 0; the number of rows is that of `input`. */
export function declareFirstPlace(graph: GraphBuilder, input: string): string {
  return graph.node('ConstantOfShape', [graph.node('Shape', [input])], {
    attributes: { value: attribute.tensor('int64', [1], [0]) },
  })
}
