import { attribute } from '#model'
import type { GraphBuilder } from '#model'
import { timestampNodes } from './expand-timestamp.ts'
import type { FeatureEncoder } from './feature-encoder.ts'
import type { NumberEncoder } from './number-encoder.ts'
import type { ProjectedNodes, ProjectedPart, Projection } from './projection.ts'
import type { TimestampEncoder } from './timestamp-encoder.ts'

/**
 * Adds the numbers' and trends' part of a linear map to a graph; the arithmetic is that of `encodeNumbers` and
 * `encodeTrend`, step by step.
 * @returns undefined where there is no such feature
 */
export function denseNodes(
  graph: GraphBuilder,
  encoder: FeatureEncoder,
  projection: Projection,
): ProjectedNodes | undefined {
  const { numbers, timestamps } = encoder
  const missing = numbers.length > 0 ? missingNodes(graph, numbers) : undefined
  const trends = timestamps.filter(({ trend }) => trend).map((timestamp) => trendNodes(graph, timestamp))
  const columns = [...(missing ? [standardNodes(graph, numbers, missing)] : []), ...trends]
  if (columns.length === 0) return undefined
  const places = placesOf(encoder)
  const flagged = numbers.map(({ input }) => input)
  const of = [...flagged, ...timestamps.flatMap(({ input, trend }) => (trend ? [input] : []))]
  const values = multiply(graph, concat(graph, columns), { places: places.values, of, projection })
  if (!missing || places.flags.every((place) => place < 0)) return { sums: values.sums, parts: [values.part] }
  const isMissing = graph.node('Cast', [missing.isMissing], toDouble)
  const flags = multiply(graph, isMissing, { places: places.flags, of: flagged, projection })
  return { sums: graph.node('Add', [values.sums, flags.sums]), parts: [values.part, flags.part] }
}

interface Numbers {
  /** float64 [N, numbers] */
  readonly values: string
  /** bool [N, numbers] */
  readonly isMissing: string
}

function missingNodes(graph: GraphBuilder, numbers: readonly NumberEncoder[]): Numbers {
  const inputs = numbers.map(({ input }) => input)
  const values = graph.node('Cast', [concat(graph, inputs)], toDouble)
  // x − x is 0 for a finite x and else NaN, so it finds the infinite ones too.
  return { values, isMissing: graph.node('IsNaN', [graph.node('Sub', [values, values])]) }
}

function standardNodes(graph: GraphBuilder, numbers: readonly NumberEncoder[], { values, isMissing }: Numbers): string {
  const row = (of: (encoder: NumberEncoder) => number): string =>
    graph.constant('double', [1, numbers.length], numbers.map(of))
  const mean = row((encoder) => encoder.mean)
  const filled = graph.node('Where', [isMissing, mean, values])
  return graph.node('Mul', [graph.node('Sub', [filled, mean]), row((encoder) => encoder.inverse)])
}

function trendNodes(graph: GraphBuilder, { input, trend }: TimestampEncoder): string {
  const { mean, inverse, first, last } = trend as NonNullable<TimestampEncoder['trend']>
  const number = (value: number): string => graph.constant('double', [], [value])
  const { day } = timestampNodes(graph, input)
  const isMissing = graph.node('IsNaN', [graph.node('Sub', [day, day])])
  const within = graph.node('Clip', [graph.node('Where', [isMissing, number(mean), day]), number(first), number(last)])
  return graph.node('Mul', [graph.node('Sub', [within, number(mean)]), number(inverse)])
}

/** Places among all features: of each number's value, then the trends; and of each number's flag, −1 without one. */
function placesOf({ numbers, timestamps }: FeatureEncoder): { values: number[]; flags: number[] } {
  const values: number[] = []
  const flags: number[] = []
  let place = 0
  for (const { hasFlag } of numbers) {
    values.push(place++)
    flags.push(hasFlag ? place++ : -1)
  }
  for (const { trend } of timestamps) if (trend) values.push(place++)
  return { values, flags }
}

function multiply(
  graph: GraphBuilder,
  columns: string,
  by: { readonly places: readonly number[]; readonly of: readonly string[]; readonly projection: Projection },
): { readonly sums: string; readonly part: ProjectedPart } {
  const { outputs, weights } = by.projection
  const rows = by.places.flatMap((place) =>
    Array.from({ length: outputs }, (_, k) => (place < 0 ? 0 : (weights[place * outputs + k] as number))),
  )
  const constant = graph.constant('double', [by.places.length, outputs], rows)
  const part = { kind: 'product', tensor: columns, weights: constant, of: by.of } as const
  return { sums: graph.node('MatMul', [columns, constant]), part }
}

const concat = (graph: GraphBuilder, tensors: readonly string[]): string =>
  tensors.length === 1
    ? (tensors[0] as string)
    : graph.node('Concat', tensors, { attributes: { axis: attribute.int(1) } })

const toDouble = { attributes: { to: attribute.int(11) } }
