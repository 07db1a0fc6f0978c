import { attribute } from './attribute.ts'
import { fail } from './failures.ts'
import type { GraphBuilder } from './graph-builder.ts'
import type { TensorType } from './onnx-schema.ts'
import type { Field, FieldType } from './schema.ts'

/** The tensor that carries each type of column; its shape is always [N, 1]. */
export const tensorTypeOf: Readonly<Record<FieldType, TensorType>> = {
  numeric: 'float',
  boolean: 'float',
  timestamp: 'double',
  categorical: 'string',
  text: 'string',
}

/**
 * Declares one named input [N, 1] per column; the tensor of a column has the column's name.
 * @throws {Failure} `model/reservedName` for a column named like an output of every model
 */
export function declareInputs(graph: GraphBuilder, inputs: readonly Field[]): void {
  for (const { name, type } of inputs) {
    if (reserved.has(name))
      throw fail('reservedName', `Cannot take the input '${name}': that is an output of the model`)
    graph.input(name, tensorTypeOf[type], ['N', 1])
  }
}

const reserved: ReadonlySet<string> = new Set(['label', 'probabilities', 'prediction'])

/**
 * Declares a classifier's outputs: `probabilities` float32 [N, K] and `label` string [N], the most probable class (of
 * equal ones the first).
 * @param probabilities tensor of shape [N, K], each row sums to 1
 * @param options.type type of that tensor, `float` where absent
 */
export function declareClasses(
  graph: GraphBuilder,
  probabilities: string,
  options: { readonly classes: readonly string[]; readonly type?: 'float' | 'double' },
): void {
  const { classes, type = 'float' } = options
  const best = graph.node('ArgMax', [probabilities], {
    attributes: { axis: attribute.int(1), keepdims: attribute.int(0) },
  })
  graph.node('LabelEncoder', [best], {
    domain: 'ai.onnx.ml',
    attributes: {
      keys_int64s: attribute.ints(classes.map((_, place) => place)),
      values_strings: attribute.texts(classes),
    },
    as: 'label',
  })
  asFloat(graph, probabilities, { type, as: 'probabilities' })
  graph.output('label', 'string', ['N'])
  graph.output('probabilities', 'float', ['N', classes.length])
}

/**
 * Declares a regression's output: `prediction` float32 [N, 1].
 * @param prediction tensor of shape [N, 1]
 * @param options.type type of that tensor, `float` where absent
 */
export function declarePrediction(
  graph: GraphBuilder,
  prediction: string,
  options: { readonly type?: 'float' | 'double' } = {},
): void {
  asFloat(graph, prediction, { type: options.type ?? 'float', as: 'prediction' })
  graph.output('prediction', 'float', ['N', 1])
}

function asFloat(graph: GraphBuilder, tensor: string, options: { type: 'float' | 'double'; as: string }): void {
  if (options.type === 'float') graph.node('Identity', [tensor], { as: options.as })
  else graph.node('Cast', [tensor], { attributes: { to: attribute.int(1) }, as: options.as })
}
